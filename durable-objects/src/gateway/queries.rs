//! Statements on the tables of a gateway.

crate::queries::queries! {
    occupied_channels {
        ADD = "add",
        ALL = "all",
        REMOVE = "remove",
    }
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
