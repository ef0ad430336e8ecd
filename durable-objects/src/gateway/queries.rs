//! Statements on the tables of a gateway.

crate::queries::queries! {
    report_leases {
        HOLDS = "holds",
        SAVE = "save",
        SWEEP = "sweep",
    }
    targets {
        ADD = "add",
        ALL = "all",
        REMOVE = "remove",
    }
}
