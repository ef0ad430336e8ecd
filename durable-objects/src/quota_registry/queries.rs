//! Statements on the tables of a quota registry.

crate::queries::queries! {
    holders {
        OF_APP = "of_app",
        OF_CHANNEL = "of_channel",
        OF_LEASE = "of_lease",
        OF_USER = "of_user",
    }
    leases {
        PAGE = "page",
        REMOVE = "remove",
        SAVE = "save",
    }
    metrics {
        MINUTES = "minutes",
        PEOPLE = "people",
        REMOVE_SOURCE = "remove_source",
        SAVE_MINUTE = "save_minute",
        SAVE_PEOPLE = "save_people",
        SAVE_SOURCE = "save_source",
        SOURCE = "source",
        SOURCES_PAGE = "sources_page",
    }
    revocations {
        ACKNOWLEDGE = "acknowledge",
        DUE = "due",
        FIRST_LISTED = "first_listed",
        FORGET = "forget",
        LIST_OBJECTS = "list_objects",
        LIST_OBJECTS_OF_USER = "list_objects_of_user",
        MARK_LISTED = "mark_listed",
        NEXT_DUE = "next_due",
        OF_RECEIVER = "of_receiver",
        RECEIVERS = "receivers",
        RECENT = "recent",
        REMOVE_RECEIVER = "remove_receiver",
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
