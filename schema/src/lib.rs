//! The SQL of Campana: migrations and named queries, one statement per file.

mod tables;

/// The database's migrations in order, as (name, SQL).
pub const MIGRATIONS: &[(&str, &str)] = &[
    ("0001_initial", include_str!("../migrations/0001_initial.sql")),
    ("0002_moderation", include_str!("../migrations/0002_moderation.sql")),
    ("0003_pusher", include_str!("../migrations/0003_pusher.sql")),
    ("0004_alerts", include_str!("../migrations/0004_alerts.sql")),
    ("0005_quarantine", include_str!("../migrations/0005_quarantine.sql")),
    ("0006_cached_channels", include_str!("../migrations/0006_cached_channels.sql")),
    ("0007_counters", include_str!("../migrations/0007_counters.sql")),
];

/// A named statement for D1. The name is unique, so that an adapter can send it in place of the SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Query {
    /// `topic/name`, as its file is called.
    pub name: &'static str,
    /// The SQL.
    pub sql: &'static str,
}

impl Query {
    /// SQL without a name, for tests. An adapter that sends names cannot run it.
    pub const fn unnamed(sql: &'static str) -> Self {
        Self { name: "", sql }
    }
}

macro_rules! queries {
    ($root:literal, $kind:ident; $($topic:ident { $($name:ident = $file:literal,)+ })+) => {
        $(
            #[doc = concat!("Statements of `", $root, "/", stringify!($topic), "/`.")]
            pub mod $topic {
                $(
                    #[doc = concat!("`", $root, "/", stringify!($topic), "/", $file, ".sql`")]
                    pub const $name: queries!(@type $kind) = queries!(@value $kind, concat!(stringify!($topic), "/", $file),
                        include_str!(concat!("../", $root, "/", stringify!($topic), "/", $file, ".sql"))
                            .trim_ascii_end());
                )+
            }
        )+

        /// Every named query, as (topic/name, SQL).
        pub const QUERIES: &[(&str, &str)] =
            &[$($((concat!(stringify!($topic), "/", $file), queries!(@sql $kind, $topic::$name)),)+)+];
    };
    (@type named) => { crate::Query };
    (@type plain) => { &str };
    (@value named, $name:expr, $sql:expr) => { crate::Query { name: $name, sql: $sql } };
    (@value plain, $name:expr, $sql:expr) => { $sql };
    (@sql named, $query:expr) => { $query.sql };
    (@sql plain, $query:expr) => { $query };
}

queries! { "queries", named;
    alerts {
        DELIVERIES = "deliveries",
        ENTRIES = "entries",
        GET = "get",
        LAST_DURESS = "last_duress",
        LIST = "list",
        LIST_BY_DRILL = "list_by_drill",
        LIST_BY_DRILL_AND_STATUS = "list_by_drill_and_status",
        LIST_BY_STATUS = "list_by_status",
        LIST_CLOSED = "list_closed",
        LIST_OF_USER = "list_of_user",
        LIST_OPEN = "list_open",
        MARK_TRAILS = "mark_trails",
        OVERDUE = "overdue",
        SAVE = "save",
        SAVE_DELIVERIES = "save_deliveries",
        SAVE_ENTRIES = "save_entries",
        SAVE_SIGHTINGS = "save_sightings",
        SIGHTINGS = "sightings",
        SIGHTING_AT = "sighting_at",
    }
    apps {
        BY_ID = "by_id",
        BY_KEY = "by_key",
        BY_TENANT = "by_tenant",
        UPDATE_SETTINGS = "update_settings",
    }
    audits {
        APPEND = "append",
        APPEND_ABOUT_INVITE = "append_about_invite",
        APPEND_ABOUT_MEMBER = "append_about_member",
        APPEND_ABOUT_ROOM = "append_about_room",
        APPEND_ABOUT_SANCTION = "append_about_sanction",
        APPEND_BEFORE_ADDING = "append_before_adding",
        LIST = "list",
        LIST_BY_ACTION = "list_by_action",
        LIST_BY_ACTOR = "list_by_actor",
        LIST_BY_ACTOR_AND_ACTION = "list_by_actor_and_action",
        LIST_BY_TARGET = "list_by_target",
    }
    cached_channels {
        KEEP = "keep",
        KEPT = "kept",
    }
    conversations {
        ADVANCE = "advance",
        CREATE = "create",
        CREATE_DM = "create_dm",
        CREATE_GENERAL = "create_general",
        DELETE_OF_ROOM = "delete_of_room",
        FACTS = "facts",
        FILL_DM = "fill_dm",
        GET = "get",
        GET_DM = "get_dm",
        ID_OF_DM = "id_of_dm",
        INBOX = "inbox",
        KNOWN = "known",
        UPDATE_METADATA = "update_metadata",
    }
    counters {
        ADD = "add",
        GET = "get",
    }
    gateways {
        LIST = "list",
        RECORD = "record",
    }
    idempotency {
        ABANDON = "abandon",
        BEGIN = "begin",
        FINISH = "finish",
        GET = "get",
        RELEASE = "release",
    }
    invites {
        COUNT_TAKEN = "count_taken",
        CREATE = "create",
        DECLINE = "decline",
        GET = "get",
        JOIN_TAKEN = "join_taken",
        LIST_MINE = "list_mine",
        LIST_OF_ROOM = "list_of_room",
        REPLACE = "replace",
        REVOKE = "revoke",
        REVOKE_OF_ROOM = "revoke_of_room",
        TAKE = "take",
        VIEW = "view",
    }
    members {
        ADD = "add",
        CHANGE_ROLE = "change_role",
        COUNT_ONE_LESS = "count_one_less",
        COUNT_ONE_MORE = "count_one_more",
        FILL = "fill",
        GET = "get",
        LIST = "list",
        MARK_READ = "mark_read",
        OWNER_COUNT = "owner_count",
        REMOVE = "remove",
    }
    messages {
        AFTER = "after",
        BEFORE = "before",
        GET = "get",
        GET_FLUSHED = "get_flushed",
        GET_MANY = "get_many",
        IS_RECORDED = "is_recorded",
        SAVE = "save",
    }
    presence {
        END = "end",
        ONLINE_MEMBERS = "online_members",
        PEOPLE_ONLINE = "people_online",
        REMEMBER = "remember",
        RENEW = "renew",
    }
    purge {
        ADVANCE_PURGED = "advance_purged",
        ALERT = "alert",
        ALERT_DELIVERIES = "alert_deliveries",
        ALERT_ENTRIES = "alert_entries",
        ALERT_SIGHTINGS = "alert_sightings",
        ALERT_WITH_OLD_TRAIL = "alert_with_old_trail",
        APPS_KEEPING_MESSAGES = "apps_keeping_messages",
        APPS_WITH_ALERTS = "apps_with_alerts",
        APPS_WITH_AUDITS = "apps_with_audits",
        APPS_WITH_TRAILS = "apps_with_trails",
        AUDITS = "audits",
        BURY_DELETED_MESSAGES = "bury_deleted_messages",
        CACHED_CHANNELS = "cached_channels",
        CONVERSATION_WITH_OLD_MESSAGES = "conversation_with_old_messages",
        DELETED_MESSAGES = "deleted_messages",
        DUE_LOGS = "due_logs",
        IDEMPOTENCY_KEYS = "idempotency_keys",
        INVITES = "invites",
        OLD_ALERT = "old_alert",
        OLD_MESSAGES = "old_messages",
        OLD_TOMBSTONES = "old_tombstones",
        PRESENCE = "presence",
        QUARANTINED_ENTRIES = "quarantined_entries",
        REMEMBER_SEEN = "remember_seen",
        SANCTIONS = "sanctions",
        SETTLE_LOG = "settle_log",
        SETTLE_OLD_MESSAGES = "settle_old_messages",
        SETTLE_TRAIL = "settle_trail",
        TICKETS = "tickets",
    }
    quarantine {
        ADD = "add",
        COUNT = "count",
    }
    rooms {
        CREATE = "create",
        CREATE_GENERAL = "create_general",
        DELETE = "delete",
        GET = "get",
        GET_GENERAL = "get_general",
        LIST_ALL = "list_all",
        LIST_MINE = "list_mine",
        LIST_VISIBLE = "list_visible",
        UPDATE = "update",
    }
    sanctions {
        BAN = "ban",
        GET_BAN = "get_ban",
        LIFT = "lift",
        LIST_BANS = "list_bans",
        MUTE = "mute",
    }
    tickets {
        CREATE = "create",
        TAKE = "take",
    }
    users {
        GET = "get",
        KNOWN = "known",
        NAMES = "names",
        ONLINE = "online",
        RECORD = "record",
        SEARCH = "search",
    }
}

/// Tables and queries of the SQLite databases of Durable Objects.
pub mod objects {
    pub use crate::tables::{
        ALERT_DESK, CHANNEL, CONVERSATION, GATEWAY, HERALD, HOSTING, LEDGER, META, PAGER, TABLE_SETS, TableSet,
        WEBHOOKS,
    };

    queries! { "objects/queries", plain;
        announced {
            ALL = "all",
            REMOVE = "remove",
            SAVE = "save",
        }
        begun {
            PAGE = "page",
            REMOVE = "remove",
            SAVE = "save",
        }
        cached {
            ANY = "any",
            GET = "get",
            SAVE = "save",
        }
        desk {
            ADD_ENTRY = "add_entry",
            ADD_ERRAND = "add_errand",
            ADD_SIGHTING = "add_sighting",
            ALERT = "alert",
            ALERTS_BETWEEN = "alerts_between",
            CHANGED_AFTER = "changed_after",
            CLOSED_BEFORE = "closed_before",
            COUNTS = "counts",
            DELIVERIES_BETWEEN = "deliveries_between",
            DUE = "due",
            ENTRIES_BETWEEN = "entries_between",
            ERRANDS = "errands",
            ERRANDS_SOURCE = "errands_source",
            FIRST_CLOSED = "first_closed",
            FORGET_ERRANDS = "forget_errands",
            FORGET_KNOWN = "forget_known",
            FORGET_PINS = "forget_pins",
            FORGET_WATCHERS = "forget_watchers",
            HAS_UNTOLD = "has_untold",
            HEAD = "head",
            IS_KNOWN = "is_known",
            KEEP_KNOWN = "keep_known",
            KEEP_PINS = "keep_pins",
            LET_ERRANDS_FALL = "let_errands_fall",
            MARK_TOLD = "mark_told",
            NAME_ERRANDS = "name_errands",
            NEWEST_DELIVERIES = "newest_deliveries",
            NEXT_DUE = "next_due",
            NOTE_WRONG_PIN = "note_wrong_pin",
            OPEN = "open",
            OPEN_OF_PERSON = "open_of_person",
            PINS = "pins",
            REMOVE_ALERT = "remove_alert",
            REMOVE_DELIVERIES = "remove_deliveries",
            REMOVE_ENTRIES = "remove_entries",
            REMOVE_SIGHTINGS = "remove_sightings",
            RESTORE = "restore",
            SAVE = "save",
            SAVE_DELIVERY = "save_delivery",
            SIGHTED = "sighted",
            SIGHTINGS_BETWEEN = "sightings_between",
            UNTOLD = "untold",
            UNWATCH = "unwatch",
            WATCH = "watch",
            WATCHERS = "watchers",
            WITHDRAW = "withdraw",
            WITHDRAWN = "withdrawn",
            WRONG_PINS = "wrong_pins",
        }
        herald {
            LET_FALL = "let_fall",
            NAME = "name",
            NOTE = "note",
            PAGE = "page",
            SOURCE = "source",
            TAKEN = "taken",
        }
        hooks {
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
        leases {
            PAGE = "page",
            REMOVE = "remove",
            SAVE = "save",
        }
        listening {
            ADD = "add",
            ALL = "all",
            REMOVE = "remove",
        }
        log {
            APPEND = "append",
            APPEND_SEND = "append_send",
            BETWEEN = "between",
            BOUNDS = "bounds",
            BYTES_BETWEEN = "bytes_between",
            CHANGED_AFTER = "changed_after",
            CURRENT = "current",
            ERASE = "erase",
            KEEP_KEYS = "keep_keys",
            LAST_MESSAGE = "last_message",
            LAST_ORDINAL = "last_ordinal",
            MESSAGE_ID = "message_id",
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
            PENDING_READS = "pending_reads",
            READ_FLUSHED = "read_flushed",
            SET_ASIDE = "set_aside",
        }
        meta {
            ALL = "all",
            EXISTS = "exists",
            GET = "get",
            HAS_TABLE = "has_table",
            SET = "set",
        }
        missed {
            ADD = "add",
            ALL = "all",
            REMOVE = "remove",
        }
        pager {
            ADD_PAGE = "add_page",
            BEGIN_JOB = "begin_job",
            COUNT_DEVICES = "count_devices",
            DEVICE = "device",
            DEVICES_OF = "devices_of",
            DUE_JOBS = "due_jobs",
            END_JOB = "end_job",
            END_JOBS_BEFORE = "end_jobs_before",
            END_PAGES_BEFORE = "end_pages_before",
            END_REPORTS = "end_reports",
            EXPIRED_DEVICES = "expired_devices",
            FORGET = "forget",
            FORGET_OLD_PAGED = "forget_old_paged",
            FORGET_PAGED = "forget_paged",
            FORGET_SOURCES = "forget_sources",
            FORGOTTEN = "forgotten",
            MARK_DEVICE = "mark_device",
            MARK_JOBS = "mark_jobs",
            NEWEST_PAGE = "newest_page",
            NEXT_END = "next_end",
            NEXT_EXPIRY = "next_expiry",
            NEXT_JOB = "next_job",
            NOTE_PAGED = "note_paged",
            NOTE_REPORT = "note_report",
            PAGE = "page",
            PAGE_GROUPS = "page_groups",
            PAGE_PEOPLE = "page_people",
            REMEMBER = "remember",
            REMOVE_DEVICE = "remove_device",
            REMOVE_JOBS_OF_DEVICE = "remove_jobs_of_device",
            REMOVE_PAGED_OF_DEVICE = "remove_paged_of_device",
            REPORTS = "reports",
            RETRY_JOB = "retry_job",
            SAVE_DEVICE = "save_device",
            SAVE_SOURCE = "save_source",
            SOURCE = "source",
            TELL_PAGED = "tell_paged",
            WITHDRAW_PAGE = "withdraw_page",
            WITHDRAW_PAGES = "withdraw_pages",
        }
        persons {
            REMOVE = "remove",
            REMOVE_OTHERS = "remove_others",
            REMOVE_SOURCE = "remove_source",
            SAVE = "save",
            TOTALS = "totals",
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
        webhooks {
            APPEND = "append",
            ENDPOINTS = "endpoints",
            EVENTS_PAGE = "events_page",
            FORGET_SOURCES = "forget_sources",
            HELD_PAGE = "held_page",
            HOLD = "hold",
            RELEASE = "release",
            REMOVE_ENDPOINT = "remove_endpoint",
            REMOVE_EVENTS = "remove_events",
            SAVE_ENDPOINT = "save_endpoint",
            SAVE_SOURCE = "save_source",
            SOURCE = "source",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{MIGRATIONS, QUERIES, objects};
    use std::collections::BTreeSet;
    use std::path::Path;

    fn sql_files(folder: &Path) -> BTreeSet<String> {
        let entries = std::fs::read_dir(folder).expect("the folder exists");
        let paths = entries.map(|entry| entry.expect("the folder is readable").path());
        paths
            .filter(|path| path.extension().is_some_and(|extension| extension == "sql"))
            .filter_map(|path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned()))
            .collect()
    }

    fn assert_all_named(folder: &str, queries: &[(&str, &str)]) {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let mut files = BTreeSet::new();
        for topic in std::fs::read_dir(&root).expect("the folder exists") {
            let topic = topic.expect("the folder is readable").path();
            let name = topic.file_name().expect("a topic has a name").to_string_lossy().into_owned();
            files.extend(sql_files(&topic).into_iter().map(|file| format!("{name}/{file}")));
        }
        let named: BTreeSet<_> = queries.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(files, named);
    }

    #[test]
    fn every_file_of_queries_is_a_named_query() {
        assert_all_named("queries", QUERIES);
        assert_all_named("objects/queries", objects::QUERIES);
    }

    #[test]
    fn every_migration_is_listed_in_order() {
        let files = sql_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations"));
        let listed: Vec<_> = MIGRATIONS.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(files.into_iter().collect::<Vec<_>>(), listed);
    }

    #[test]
    fn a_query_is_one_statement_with_numbered_parameters() {
        for (name, sql) in QUERIES.iter().chain(objects::QUERIES) {
            let code: String = sql.lines().filter(|line| !line.trim_start().starts_with("--")).collect();
            assert!(!code.contains(';'), "{name} holds more than one statement");
            let after_marks = code.split('?').skip(1);
            for rest in after_marks {
                assert!(rest.starts_with(|c: char| c.is_ascii_digit()), "{name} has a parameter without a number");
            }
        }
    }
}
