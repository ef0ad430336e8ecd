//! Statements on the tables of subscriptions.

crate::queries::queries! {
    cached_events {
        ANY = "any",
        GET = "get",
        SAVE = "save",
    }
    missed {
        ADD = "add",
        ALL = "all",
        REMOVE = "remove",
    }
    presence_members {
        ALL = "all",
        REMOVE = "remove",
        SAVE = "save",
    }
    subscribed_gateways {
        ADD = "add",
        ALL = "all",
        REMOVE = "remove",
    }
    traces {
        ADD = "add",
        ADD_STEP = "add_step",
        COUNT_STEP = "count_step",
        GET = "get",
        LEAVE_OUT = "leave_out",
        REMOVE = "remove",
        REMOVE_STEPS = "remove_steps",
        STEPS = "steps",
    }
}
