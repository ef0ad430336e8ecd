//! Statements on the tables of a pager.

crate::queries::queries! {
    devices {
        COUNT = "count",
        EXPIRED = "expired",
        FORGET = "forget",
        FORGOTTEN = "forgotten",
        GET = "get",
        MARK = "mark",
        NEXT_EXPIRY = "next_expiry",
        OF_USER = "of_user",
        REMEMBER = "remember",
        REMOVE = "remove",
        SAVE = "save",
        SECRET = "secret",
    }
    inbox {
        FORGET = "forget",
        LAST = "last",
        SAVE = "save",
    }
    jobs {
        ADD_FOR_GROUPS = "add_for_groups",
        ADD_FOR_PAGED = "add_for_paged",
        ADD_FOR_USERS = "add_for_users",
        BEGIN = "begin",
        DUE = "due",
        END = "end",
        END_BEFORE = "end_before",
        MARK = "mark",
        NEXT = "next",
        NEXT_OWNER = "next_owner",
        REMOVE_OF_DEVICE = "remove_of_device",
        RETRY = "retry",
        WITHDRAW_ALERT = "withdraw_alert",
        WITHDRAW_PAGE = "withdraw_page",
    }
    paged {
        FORGET = "forget",
        FORGET_OLD = "forget_old",
        NOTE = "note",
        REMOVE_OF_DEVICE = "remove_of_device",
    }
    pages {
        ADD = "add",
        END_BEFORE = "end_before",
        GET = "get",
        NEWEST = "newest",
        NEXT_END = "next_end",
    }
    reports {
        END = "end",
        LIST = "list",
        NOTE = "note",
    }
    webhooks {
        ADD_EVENT = "add_event",
        ALL = "all",
        EVENTS_PAGE = "events_page",
        PENDING_PAGE = "pending_page",
        REMOVE = "remove",
        REMOVE_EVENTS = "remove_events",
        REMOVE_PENDING = "remove_pending",
        SAVE = "save",
        SAVE_PENDING = "save_pending",
    }
}
