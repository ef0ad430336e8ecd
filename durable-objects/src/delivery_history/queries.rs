//! Statements on the history of deliveries.

crate::queries::queries! {
    deliveries {
        ATTEMPT = "attempt",
        END = "end",
        FIRST_END = "first_end",
        FORGET = "forget",
        GET = "get",
        PAGE = "page",
        PAYLOAD = "payload",
        PENDING = "pending",
        POSTPONE = "postpone",
        QUEUE = "queue",
        TRIM = "trim",
    }
    results {
        FAILED = "failed",
        GET = "get",
        REMOVE = "remove",
        SUCCEEDED = "succeeded",
    }
}
