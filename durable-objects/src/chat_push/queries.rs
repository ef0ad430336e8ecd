//! Statements on the tables of a person's pushes.

crate::queries::queries! {
    jobs {
        ADD = "add",
        BEGIN = "begin",
        CROWD = "crowd",
        DUE = "due",
        END = "end",
        END_BEFORE = "end_before",
        NEXT = "next",
        REMOVE_OF_DEVICE = "remove_of_device",
        RETRY = "retry",
    }
}
