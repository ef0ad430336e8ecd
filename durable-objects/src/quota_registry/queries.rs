//! Statements on the tables of a quota registry.

crate::queries::queries! {
    leases {
        PAGE = "page",
        REMOVE = "remove",
        SAVE = "save",
    }
    users {
        REMOVE = "remove",
        REMOVE_OTHERS = "remove_others",
        REMOVE_SOURCE = "remove_source",
        SAVE = "save",
        TOTALS = "totals",
    }
}
