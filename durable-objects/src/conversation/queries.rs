//! Statements on the tables of a conversation.

crate::queries::queries! {
    annotations {
        CHANGED = "changed",
        FIND = "find",
        FORGET = "forget",
        KEEP_READ = "keep_read",
        KEEP_THREAD = "keep_thread",
        REMOVE = "remove",
        SAVE = "save",
        UNFLUSHED_AFTER = "unflushed_after",
        UNFLUSHED_BEFORE = "unflushed_before",
        VIEW = "view",
    }
    hidden_people {
        ADD = "add",
        PAGE = "page",
        REMOVE = "remove",
    }
    link_previews {
        ADD = "add",
        BEGIN = "begin",
        CACHED = "cached",
        CROWD = "crowd",
        CROWD_JOBS = "crowd_jobs",
        DUE = "due",
        END = "end",
        EXPIRE = "expire",
        KEEP = "keep",
        NEXT = "next",
    }
    log {
        APPEND = "append",
        APPEND_SEND = "append_send",
        APPEND_SYSTEM = "append_system",
        BETWEEN = "between",
        BOUNDS = "bounds",
        BYTES_BETWEEN = "bytes_between",
        CHANGED_AFTER = "changed_after",
        CURRENT = "current",
        ERASE = "erase",
        FORGET_KEYS = "forget_keys",
        FORGET_MEMBER = "forget_member",
        FORGET_SENDER = "forget_sender",
        KEEP_KEYS = "keep_keys",
        LAST_MESSAGE = "last_message",
        LAST_ORDINAL = "last_ordinal",
        MESSAGE_ID = "message_id",
        NEWEST_OF_SENDER = "newest_of_sender",
        NEWEST_SENT = "newest_sent",
        REDACT = "redact",
        ROWS_AFTER = "rows_after",
        SENT = "sent",
        SENT_AFTER = "sent_after",
        SENT_BEFORE = "sent_before",
        SENT_BETWEEN = "sent_between",
        TIMES = "times",
        TRIM = "trim",
    }
    members {
        FIND = "find",
        FORGET = "forget",
        FORGET_FLUSHED = "forget_flushed",
        IS_READ_PENDING = "is_read_pending",
        KEEP = "keep",
        MARK_READ = "mark_read",
        MARK_UNREAD = "mark_unread",
        PENDING_READS = "pending_reads",
        READ_FLUSHED = "read_flushed",
        SET_ASIDE = "set_aside",
        UNREAD_HEAD = "unread_head",
    }
    meta {
        ALL = "all",
    }
    scheduled {
        DUE = "due",
        END = "end",
        ENDED = "ended",
        FIND = "find",
        FORGET = "forget",
        KEEP = "keep",
        NEXT_DUE = "next_due",
        NEXT_ENDED = "next_ended",
        POSTPONE = "postpone",
        RELEASE = "release",
        SETTLE_LATER = "settle_later",
    }
    slow_mode {
        FIND = "find",
        FORGET = "forget",
        KEEP = "keep",
    }
    pending_changes {
        PAGE = "page",
        REMOVE = "remove",
        SAVE = "save",
    }
    pins {
        COUNT = "count",
        FORGET_BEFORE = "forget_before",
        REMOVE = "remove",
        SAVE = "save",
    }
    reactions {
        APPEND = "append",
        CHANGED = "changed",
        FORGET = "forget",
        FORGET_NAME = "forget_name",
        KEEP_READ = "keep_read",
        OF_USER = "of_user",
        REMOVE = "remove",
    }
}
