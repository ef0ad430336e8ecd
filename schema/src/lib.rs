//! The SQL of D1, migrations and named queries, and the tables of Durable Objects. A query is one statement in a file.

mod migrations;
mod tables;

pub use migrations::MIGRATIONS;

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

/// The text of a query: of its file, or of the listed files one after the other.
macro_rules! sql {
    ($topic:ident, $file:literal) => {
        include_str!(concat!("../queries/", stringify!($topic), "/", $file, ".sql"))
    };
    ($topic:ident, $file:literal, $($part:literal),+) => {
        concat!($(include_str!(concat!("../queries/", stringify!($topic), "/", $part, ".sql"))),+)
    };
}

macro_rules! queries {
    ($($topic:ident { $($name:ident = $file:literal $([$($part:literal),+])?,)+ })+) => {
        $(
            #[doc = concat!("Statements of `queries/", stringify!($topic), "/`.")]
            pub mod $topic {
                $(
                    #[doc = concat!("`queries/", stringify!($topic), "/", $file, ".sql`")]
                    pub const $name: crate::Query = crate::Query {
                        name: concat!(stringify!($topic), "/", $file),
                        sql: sql!($topic, $file $(, $($part),+)?).trim_ascii_end(),
                    };
                )+
            }
        )+

        /// Every named query, as (topic/name, SQL).
        pub const QUERIES: &[(&str, &str)] = &[$($(($topic::$name.name, $topic::$name.sql),)+)+];

        /// Files of which queries are made, as topic/file; also those that are no query by themselves.
        #[cfg(test)]
        const PARTS: &[&str] = &[$($($($(concat!(stringify!($topic), "/", $part),)+)?)+)+];
    };
}

queries! {
    alerts {
        DELIVERIES = "deliveries",
        ENTRIES = "entries",
        GET = "get",
        GET_VIEW = "get_view",
        LAST_DURESS = "last_duress",
        LIST = "list",
        LIST_BY_DRILL = "list_by_drill",
        LIST_BY_DRILL_AND_STATUS = "list_by_drill_and_status",
        LIST_BY_STATUS = "list_by_status",
        LIST_CLOSED = "list_closed",
        LIST_OF_USER = "list_of_user",
        LIST_OPEN = "list_open",
        LIST_VIEWS = "list_views",
        MARK_TRAILS = "mark_trails",
        OPEN_VIEWS = "open_views",
        OVERDUE = "overdue",
        SAVE = "save",
        SAVE_DELIVERIES = "save_deliveries",
        SAVE_ENTRIES = "save_entries",
        SAVE_SIGHTINGS = "save_sightings",
        SAVE_VIEWS = "save_views",
        SAVE_VIEW_ENTRIES = "save_view_entries",
        SIGHTINGS = "sightings",
        SIGHTING_AT = "sighting_at",
        VIEW_ENTRIES = "view_entries",
    }
    apps {
        BY_ID = "by_id",
        BY_KEY = "by_key",
        BY_TENANT = "by_tenant",
        DISABLE_WEBHOOK = "disable_webhook",
        ROTATE_SECRET = "rotate_secret",
        TENANTS = "tenants",
        UPDATE_SETTINGS = "update_settings",
    }
    audits {
        APPEND = "append",
        APPEND_ABOUT_INVITE = "append_about_invite",
        APPEND_ABOUT_INVITES_OF_CREATOR = "append_about_invites_of_creator",
        APPEND_ABOUT_INVITES_OF_MEMBERS = "append_about_invites_of_members",
        APPEND_ABOUT_MEMBER = "append_about_member",
        APPEND_ABOUT_REPORT = "append_about_report",
        APPEND_ABOUT_ROOM = "append_about_room",
        APPEND_ABOUT_SANCTION = "append_about_sanction",
        APPEND_ALTERNATING = "append_alternating",
        APPEND_BEFORE_ADDING = "append_before_adding",
        LIST = "list",
        LIST_BY_ACTION = "list_by_action",
        LIST_BY_ACTOR = "list_by_actor",
        LIST_BY_ACTOR_AND_ACTION = "list_by_actor_and_action",
        LIST_BY_TARGET = "list_by_target",
    }
    blocks {
        ADD = "add",
        AMONG = "among",
        ANY_BETWEEN = "any_between",
        ANY_IN_DM = "any_in_dm",
        GET = "get",
        LIST = "list",
        REMOVE = "remove",
    }
    cached_channels {
        KEEP = "keep",
        KEPT = "kept",
    }
    conversations {
        ADVANCE = "advance",
        COUNT_DM = "count_dm",
        CREATE = "create",
        CREATE_DM = "create_dm",
        CREATE_GENERAL = "create_general",
        DELETE_OF_ROOM = "delete_of_room",
        FACTS = "facts",
        FILL_DM = "fill_dm",
        GET = "get" ["columns", "get"],
        GET_DM = "get_dm" ["columns", "get_dm"],
        ID_OF_DM = "id_of_dm",
        INBOX = "inbox" ["inbox_page", "columns", "inbox"],
        KNOWN = "known",
        REFILL_DM = "refill_dm",
        UPDATE_METADATA = "update_metadata",
    }
    creations {
        FIRST = "first",
        GIVE_BACK = "give_back",
        RESERVE = "reserve",
    }
    counters {
        ADD = "add",
        ADD_ALL = "add_all",
        GET = "get",
        LIST = "list",
    }
    drafts {
        CLEAR = "clear",
        GET = "get",
        LIST = "list",
        SAVE = "save",
    }
    erasures {
        ACTORS = "actors",
        ADOPT = "adopt",
        ALERTS = "alerts",
        BEGIN = "begin",
        BLANK_ALERTS = "blank_alerts",
        BLANK_ENTRIES = "blank_entries",
        BLANK_MESSAGES = "blank_messages",
        BLANK_REACTIONS = "blank_reactions",
        BLANK_USER = "blank_user",
        BLOCKS = "blocks",
        CONVERSATION = "conversation",
        DRAFTS = "drafts",
        DUE = "due",
        FILES = "files",
        FORGET_WORDS = "forget_words",
        GET = "get",
        HAS_OPEN_ALERT = "has_open_alert",
        IDEMPOTENCY_KEYS = "idempotency_keys",
        INVITES = "invites",
        MAY_BEGIN = "may_begin",
        MESSAGES = "messages" ["../messages/columns", "messages"],
        NEXT_CONVERSATION = "next_conversation",
        NOTIFICATIONS = "notifications",
        PENDING_SCHEDULED = "pending_scheduled",
        PREFERENCES = "preferences",
        PRESENCE = "presence",
        PUSH_DEVICES = "push_devices",
        QUARANTINED = "quarantined",
        REACTIONS = "reactions",
        REMOVE_VIEW_ENTRIES = "remove_view_entries",
        REMOVE_VIEWS = "remove_views",
        REPORTS = "reports",
        SANCTIONS = "sanctions",
        SAVE = "save",
        SAVED_MESSAGES = "saved_messages",
        SCHEDULED = "scheduled",
        TAKE_FILES = "take_files",
        TRAILS = "trails",
    }
    exports {
        CONVERSATIONS_ALL = "conversations_all" ["conversations_columns", "conversations_all"],
        CONVERSATIONS_OF_USER = "conversations_of_user" ["conversations_columns", "conversations_of_user"],
        CONVERSATIONS_ONE = "conversations_one" ["conversations_columns", "conversations_one"],
        MEMBERS_LATER = "members_later" ["members_columns", "members_later"],
        MEMBERS_OF_USER = "members_of_user" ["members_columns", "members_of_user"],
        MEMBERS_REST = "members_rest" ["members_columns", "members_rest"],
        MESSAGES_LATER = "messages_later" ["messages_columns", "messages_later"],
        MESSAGES_OF_USER = "messages_of_user" ["messages_columns", "messages_of_user"],
        MESSAGES_REST = "messages_rest" ["messages_columns", "messages_rest"],
        REACTIONS_LATER = "reactions_later" ["reactions_columns", "reactions_later"],
        REACTIONS_OF_USER = "reactions_of_user" ["reactions_columns", "reactions_of_user"],
        REACTIONS_REST = "reactions_rest" ["reactions_columns", "reactions_rest"],
        USERS_ALL = "users_all" ["users_columns", "users_all"],
        USERS_OF_CONVERSATION = "users_of_conversation" ["users_columns", "users_of_conversation"],
        USERS_ONE = "users_one" ["users_columns", "users_one"],
    }
    files {
        BEGIN = "begin",
        FINISH = "finish",
        ABANDON = "abandon",
        GET = "get",
        IS_ARRIVING = "is_arriving",
        CLAIM = "claim",
        SAVE_USES = "save_uses",
        REMOVE_USES = "remove_uses",
        TAKE_UNUSED = "take_unused",
        REMOVE = "remove",
        DECIDE = "decide",
        STATUS = "status",
    }
    file_scans {
        ADD = "add",
        TAKE = "take",
        GET = "get",
        POSTPONE = "postpone",
        DECIDE = "decide",
        CONVERSATIONS = "conversations",
        MESSAGES = "messages",
        END = "end",
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
    imports {
        ADVANCE = "advance",
        BEGIN = "begin",
        COUNT = "count",
        COUNT_REACTIONS = "count_reactions",
        COUNT_REPLIES = "count_replies",
        END = "end",
        FOLLOW_THREADS = "follow_threads",
        KNOWN_CONVERSATIONS = "known_conversations",
        KNOWN_GENERAL = "known_general",
        KNOWN_MEMBERS = "known_members",
        KNOWN_MESSAGES = "known_messages",
        KNOWN_PAIRS = "known_pairs",
        KNOWN_REACTIONS = "known_reactions",
        KNOWN_ROOMS = "known_rooms",
        OPEN_CONVERSATIONS = "open_conversations",
        OPEN_MEMBERS = "open_members",
        OPEN_ROOMS = "open_rooms",
        SAVE_CONVERSATIONS = "save_conversations",
        SAVE_MEMBERS = "save_members",
        SAVE_MENTIONS = "save_mentions",
        SAVE_MESSAGES = "save_messages",
        SAVE_REACTIONS = "save_reactions",
        SAVE_ROOMS = "save_rooms",
        SAVE_USER_WORDS = "save_user_words",
        SAVE_USERS = "save_users",
        SAVE_VERSIONS = "save_versions",
        TO_OPEN = "to_open",
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
        REVOKE_OF_CREATOR = "revoke_of_creator",
        REVOKE_OF_MEMBERS = "revoke_of_members",
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
        LIST = "list" ["columns", "list"],
        MARK_READ = "mark_read",
        MENTIONED = "mentioned",
        OWNER_COUNT = "owner_count",
        READERS = "readers",
        RECEIPTS = "receipts",
        REMOVE = "remove",
        SEARCH = "search" ["columns", "search"],
        SEARCH_FEW = "search_few" ["columns", "search_few"],
        SET_PREFERENCES = "set_preferences",
        SUCCESSOR = "successor",
        UNARCHIVE = "unarchive",
    }
    messages {
        AFTER = "after" ["columns", "annotation_columns", "own_reactions", "after"],
        ANNOTATE = "annotate",
        ANNOTATIONS = "annotations",
        BEFORE = "before" ["columns", "annotation_columns", "own_reactions", "before"],
        GET_FLUSHED = "get_flushed" ["columns", "get_flushed"],
        IS_RECORDED = "is_recorded",
        PINNED_IDS = "pinned_ids",
        PINS = "pins" ["columns", "annotation_columns", "pins"],
        QUOTES = "quotes",
        REACT = "react",
        REACTIONS = "reactions",
        REACTIONS_WITH = "reactions_with",
        REMOVE_MENTIONS = "remove_mentions",
        REMOVE_REACTIONS = "remove_reactions",
        REMOVE_VERSIONS = "remove_versions",
        REPLIES_AFTER = "replies_after" ["columns", "annotation_columns", "own_reactions", "replies_after"],
        REPLIES_BEFORE = "replies_before" ["columns", "annotation_columns", "own_reactions", "replies_before"],
        SAVE = "save",
        SAVE_MENTIONS = "save_mentions",
        SAVE_VERSIONS = "save_versions",
        VERSIONS = "versions",
    }
    notification_preferences {
        GET = "get",
        SAVE = "save",
    }
    notifications {
        ADD = "add" ["add", "returning"],
        ADD_DIRECT = "add_direct" ["add_direct", "returning"],
        ADD_INVITE = "add_invite",
        ADD_OF_APP = "add_of_app" ["add_of_app", "returning"],
        ADD_REACTIONS = "add_reactions" ["add_reactions", "returning"],
        ADD_REPLIES = "add_replies" ["add_replies", "returning"],
        ADD_REPORT = "add_report" ["add_report", "returning"],
        ADD_SCHEDULED_FAILED = "add_scheduled_failed" ["add_scheduled_failed", "returning"],
        ADD_SHARED = "add_shared",
        COUNT_UNREAD = "count_unread" ["shared", "shared_rules", "shared_end", "count_unread", "open", "count_end"],
        EDIT = "edit" ["edit", "returning"],
        EXISTS = "exists" ["shared", "shared_rules", "shared_end", "exists"],
        GET = "get",
        LIST = "list" ["shared", "shared_rules", "shared_end", "list_begin", "list", "open", "list_shared", "list_end"],
        LIST_UNREAD = "list_unread"
            ["shared", "shared_rules", "shared_end", "list_begin", "list_unread", "open", "list_shared", "shared_unread", "list_end"],
        PAGE_OF_MEMBERS = "page_of_members",
        READ = "read",
        READERS = "readers",
        READERS_OF_SHARED = "readers_of_shared",
        READ_CONVERSATION = "read_conversation",
        READ_SHARED = "read_shared" ["shared", "shared_rules", "shared_end", "read_shared"],
        READ_SHARED_OF_THREAD = "read_shared_of_thread" ["shared", "shared_rules", "shared_end", "read_shared_of_thread"],
        READ_SHARED_UP_TO = "read_shared_up_to" ["shared", "shared_rules", "shared_end", "read_shared_up_to"],
        READ_THREAD = "read_thread",
        READ_UP_TO = "read_up_to",
        RECIPIENTS = "recipients" ["recipients", "shared_rules", "recipients_end"],
        TRIM_SHARED = "trim_shared",
        WITHDRAW = "withdraw",
        WITHDRAW_MENTIONS = "withdraw_mentions",
        WITHDRAW_REACTIONS = "withdraw_reactions",
        WITHDRAW_SHARED = "withdraw_shared",
    }
    presence {
        END = "end",
        ONLINE_MEMBERS = "online_members",
        OPEN_CHANNELS = "open_channels",
        PEOPLE_ONLINE = "people_online",
        PLACES = "places",
        REMEMBER = "remember",
        RENEW = "renew",
    }
    purge {
        ADVANCE_PURGED = "advance_purged",
        ALERT = "alert",
        ALERT_DELIVERIES = "alert_deliveries",
        ALERT_ENTRIES = "alert_entries",
        ALERT_SIGHTINGS = "alert_sightings",
        ALERT_VIEWS = "alert_views",
        ALERT_VIEW_ENTRIES = "alert_view_entries",
        ALERT_WITH_OLD_TRAIL = "alert_with_old_trail",
        APPS_KEEPING_MESSAGES = "apps_keeping_messages",
        APPS_WITH_ALERTS = "apps_with_alerts",
        APPS_WITH_AUDITS = "apps_with_audits",
        APPS_WITH_REPORTS = "apps_with_reports",
        APPS_WITH_TRAILS = "apps_with_trails",
        AUDITS = "audits",
        BURY_DELETED_MESSAGES = "bury_deleted_messages",
        CACHED_CHANNELS = "cached_channels",
        CONVERSATION_WITH_OLD_MESSAGES = "conversation_with_old_messages",
        CREATIONS = "creations",
        DELETED_MESSAGES = "deleted_messages",
        DRAFTS = "drafts",
        DUE_LOGS = "due_logs",
        IDEMPOTENCY_KEYS = "idempotency_keys",
        INVITES = "invites",
        NOTIFICATIONS = "notifications",
        OLD_ALERT = "old_alert",
        OLD_MESSAGES = "old_messages",
        OLD_TOMBSTONES = "old_tombstones",
        PRESENCE = "presence",
        PUSH_DEVICES = "push_devices",
        QUARANTINED_ENTRIES = "quarantined_entries",
        REMEMBER_SEEN = "remember_seen",
        REMOVED_REACTIONS = "removed_reactions",
        REPORTS = "reports",
        SANCTIONS = "sanctions",
        SETTLE_LOG = "settle_log",
        SCHEDULED_MESSAGES = "scheduled_messages",
        SETTLE_OLD_MESSAGES = "settle_old_messages",
        SETTLE_TRAIL = "settle_trail",
        SHARED_NOTIFICATIONS = "shared_notifications",
        TICKETS = "tickets",
        ENDED_FILE_RELEASES = "ended_file_releases",
        FILES_OF_DELETED_ROOMS = "files_of_deleted_rooms",
    }
    push_devices {
        LIST = "list",
        REMOVE = "remove",
        REMOVE_OF_USER = "remove_of_user",
        SAVE = "save",
        TRIM = "trim",
    }
    quarantine {
        ADD = "add",
        COUNT = "count",
    }
    reports {
        ADD = "add",
        CLAIM = "claim",
        GET = "get",
        GET_OPEN = "get_open",
        LIST = "list",
        LIST_MODERATED = "list_moderated",
        LIST_OPEN = "list_open",
        LIST_RESOLVED = "list_resolved",
        RELEASE = "release",
        RESOLVE = "resolve",
    }
    revocations {
        HANDED_OVER = "handed_over",
        OF_USER = "of_user",
        REVOKE_USER = "revoke_user",
        TO_HAND_OVER = "to_hand_over",
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
        REFOLD = "refold",
        TO_REFOLD = "to_refold",
        UPDATE = "update",
    }
    sanctions {
        BAN = "ban",
        GET_BAN = "get_ban",
        LIFT = "lift",
        LIST_BANS = "list_bans",
        MUTE = "mute",
    }
    saved_messages {
        LIST = "list" ["../messages/columns", "list"],
        REMOVE = "remove",
        SAVE = "save",
    }
    scheduled_messages {
        ADD = "add",
        ADD_FILES = "add_files",
        CHECK_LATER = "check_later",
        DISMISS = "dismiss",
        DUE = "due",
        GET = "get" ["columns", "get"],
        GET_BY_KEY = "get_by_key" ["columns", "get_by_key"],
        LIST = "list" ["columns", "list"],
        LIST_OF_CONVERSATION = "list_of_conversation" ["columns", "list_of_conversation"],
        OVERDUE = "overdue",
        SETTLE = "settle",
    }
    search {
        CONVERSATIONS = "conversations",
        MEMBERSHIPS = "memberships",
        MESSAGES = "messages",
        READABLE = "readable" ["../messages/columns", "../messages/annotation_columns", "readable"],
        REVISION = "revision",
    }
    threads {
        FOLLOW = "follow",
        JOIN = "join",
        LIST = "list" ["list_page", "../messages/columns", "../messages/annotation_columns", "list"],
        MARK_READ = "mark_read",
        WRITE = "write",
    }
    tickets {
        CREATE = "create",
        TAKE = "take",
    }
    users {
        FORGET_WORDS = "forget_words",
        GET = "get",
        HIDDEN = "hidden",
        KNOWN = "known",
        LIST = "list",
        NAMES = "names",
        ONLINE = "online",
        PRIVACY = "privacy",
        RECORD = "record",
        REFOLD = "refold",
        REFOLD_FORGET = "refold_forget",
        REFOLD_WORDS = "refold_words",
        SAVE_WORDS = "save_words",
        SEARCH = "search",
        SET_PRIVACY = "set_privacy",
        STANDING = "standing",
        TO_REFOLD = "to_refold",
    }
}

/// Tables of the SQLite databases of Durable Objects. Their statements are beside the objects that run them.
pub mod objects {
    pub use crate::tables::{
        ALERT_DESK, ANNOUNCEMENTS, CHANNEL, CHAT_PUSH, CONVERSATION, GATEWAY, HERALD, HIDDEN_PEOPLE, HOSTING, LEDGER,
        LINK_PREVIEWS, META, METRICS, PAGER, RESUMABLE, SCHEDULED, SEARCH, SLOW_MODE, TABLE_SETS, TRACES, TableSet,
        WEBHOOKS,
    };
}

#[cfg(test)]
mod tests {
    use super::{MIGRATIONS, PARTS, QUERIES};
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

    #[test]
    fn every_file_of_queries_is_a_named_query() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("queries");
        let mut files = BTreeSet::new();
        for topic in std::fs::read_dir(&root).expect("the folder exists") {
            let topic = topic.expect("the folder is readable").path();
            let name = topic.file_name().expect("a topic has a name").to_string_lossy().into_owned();
            files.extend(sql_files(&topic).into_iter().map(|file| format!("{name}/{file}")));
        }
        let queried = QUERIES.iter().map(|(name, _)| name).chain(PARTS);
        // A part may be of another topic: `topic/../other/part`.
        let named: BTreeSet<_> = queried.map(|name| name.split("/../").last().unwrap_or(name).to_owned()).collect();
        assert_eq!(files, named);
    }

    #[test]
    fn every_migration_is_listed_in_order() {
        let files = sql_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations"));
        let listed: Vec<_> = MIGRATIONS.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(files.into_iter().collect::<Vec<_>>(), listed);
    }

    #[test]
    fn a_query_is_one_statement_with_numbered_parameters() {
        for (name, sql) in QUERIES {
            let code: String = sql.lines().filter(|line| !line.trim_start().starts_with("--")).collect();
            assert!(!code.contains(';'), "{name} holds more than one statement");
            let after_marks = code.split('?').skip(1);
            for rest in after_marks {
                assert!(rest.starts_with(|c: char| c.is_ascii_digit()), "{name} has a parameter without a number");
            }
        }
    }
}
