//! Statements on the tables of an app's webhooks, and on those of the outbox for them.

crate::queries::queries! {
    inbox {
        FORGET = "forget",
        LAST = "last",
        SAVE = "save",
    }
    occupied_channels {
        ADD = "add",
        ANY = "any",
        REMOVE = "remove",
    }
    outbox {
        APPEND = "append",
        NAME = "name",
        PAGE = "page",
        REMOVE = "remove",
        SOURCE = "source",
        TRUNCATE = "truncate",
    }
    queue {
        APPEND = "append",
        ENDPOINTS = "endpoints",
        EVENTS_PAGE = "events_page",
        HELD_PAGE = "held_page",
        HOLD = "hold",
        RELEASE = "release",
        REMOVE_ENDPOINT = "remove_endpoint",
        REMOVE_EVENTS = "remove_events",
        SAVE_ENDPOINT = "save_endpoint",
    }
}
