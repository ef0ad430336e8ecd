//! Statements on the tables of an alert desk.

crate::queries::queries! {
    alerts {
        ADD_ENTRY = "add_entry",
        ADD_SIGHTING = "add_sighting",
        BETWEEN = "between",
        CHANGED_AFTER = "changed_after",
        CLOSED_BEFORE = "closed_before",
        COUNTS = "counts",
        DELIVERIES_BETWEEN = "deliveries_between",
        DUE = "due",
        ENTRIES_BETWEEN = "entries_between",
        FIRST_CLOSED = "first_closed",
        FORGET_KNOWN = "forget_known",
        GET = "get",
        HAS_UNTOLD = "has_untold",
        HEAD = "head",
        IS_KNOWN = "is_known",
        KEEP_KNOWN = "keep_known",
        MARK_TOLD = "mark_told",
        NEWEST_DELIVERIES = "newest_deliveries",
        NEXT_DUE = "next_due",
        OPEN = "open",
        OPEN_OF_PERSON = "open_of_person",
        REMOVE = "remove",
        REMOVE_DELIVERIES = "remove_deliveries",
        REMOVE_ENTRIES = "remove_entries",
        REMOVE_SIGHTINGS = "remove_sightings",
        SAVE = "save",
        SAVE_DELIVERY = "save_delivery",
        SIGHTED = "sighted",
        SIGHTINGS_BETWEEN = "sightings_between",
        UNTOLD = "untold",
    }
    outbox {
        APPEND = "append",
        NAME = "name",
        PAGE = "page",
        REMOVE = "remove",
        SOURCE = "source",
        TRUNCATE = "truncate",
    }
    pins {
        FORGET = "forget",
        GET = "get",
        KEEP = "keep",
        NOTE_WRONG = "note_wrong",
        WRONG = "wrong",
    }
    users {
        FORGET_WATCHERS = "forget_watchers",
        RESTORE = "restore",
        UNWATCH = "unwatch",
        WATCH = "watch",
        WATCHERS = "watchers",
        WITHDRAW = "withdraw",
        WITHDRAWN = "withdrawn",
    }
}
