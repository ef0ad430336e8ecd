//! Statements on the tables of a person's pushes, and of announcements to the members of a conversation.

crate::queries::queries! {
    announcements {
        ADD = "add",
        ADVANCE = "advance",
        CROWD = "crowd",
        DUE = "due",
        END = "end",
        END_BEFORE = "end_before",
        NEXT = "next",
        RETRY = "retry",
    }
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
