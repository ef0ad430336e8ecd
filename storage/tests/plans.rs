//! Query plans: every query uses an index, whatever the size of the tables.

#![expect(clippy::expect_used, reason = "test helpers")]

use campana_schema::QUERIES;
use campana_storage::{Database, Sqlite, Statement};

/// Whether a step scans nothing that grows with the record: it may scan JSON parameters, a constant, or a page that a
/// subquery has limited.
fn is_harmless(step: &str) -> bool {
    !step.contains("SCAN ")
        || step.contains("VIRTUAL TABLE")
        || step.contains("SCAN CONSTANT ROW")
        || step.trim() == "SCAN page"
        // The kinds of reactions to one message.
        || step.trim() == "SCAN kind"
        // The people of one conversation.
        || step.trim() == "SCAN person"
}

#[test]
fn no_query_scans_a_growing_table() {
    let db = Sqlite::new().expect("the migrations apply");
    let mut refused = Vec::new();
    for (name, sql) in QUERIES {
        let plan = db.explain(sql).unwrap_or_else(|error| panic!("{name} cannot be prepared: {error}"));
        if !plan.iter().all(|step| is_harmless(step)) {
            refused.push(format!("{name}:\n    {}", plan.join("\n    ")));
        }
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}

/// Queries with `status = ?3`: its value decides whether the partial index of pending messages serves them.
const COMPILED_AT_EACH_RUN: [&str; 2] = ["scheduled_messages/list", "scheduled_messages/list_of_conversation"];

/// SQLite compiles a query at each run if its plan depends on the value of a parameter, as with `LIMIT ?1`. The plan with
/// `LIMIT CAST(?1 AS INTEGER)` does not depend on it.
#[test]
fn hardly_any_query_is_compiled_at_each_run() {
    let db = Sqlite::new().expect("the migrations apply");
    let is_recompiled = |sql: &str| db.recompilations(sql, 5).expect("the query runs") > 0;
    let again: Vec<_> = QUERIES.iter().filter(|(_, sql)| is_recompiled(sql)).map(|(name, _)| *name).collect();
    assert_eq!(again, COMPILED_AT_EACH_RUN);
}

const IN_ORDER_OF_AN_INDEX: [&str; 14] = [
    "messages/before",
    "messages/after",
    "members/list",
    "members/search",
    "users/list",
    "users/search",
    "rooms/list_all",
    "conversations/get",
    "reports/list",
    "reports/list_open",
    "reports/list_resolved",
    "scheduled_messages/due",
    "scheduled_messages/list",
    "scheduled_messages/list_of_conversation",
];

/// Queries whose index is bound only to a conversation or tenant, but that read few rows, with the reason.
const BOUND_OTHERWISE: [(&str, &str); 38] = [
    ("exports/members_later", "members of the next conversations, by LIMIT"),
    ("exports/messages_later", "messages of the next conversations, by LIMIT"),
    ("exports/reactions_later", "reactions of the next conversations, by LIMIT"),
    ("exports/users_of_conversation", "the people of the conversation that is exported alone"),
    ("imports/open_members", "members of the conversations that are opened, each of which is written"),
    ("imports/save_conversations", "foreign keys to conversations that are new"),
    ("imports/open_conversations", "members of the conversations that are opened, which are counted once"),
    ("apps/by_id", "the newest revocations, by LIMIT"),
    ("apps/by_key", "the newest revocations, by LIMIT"),
    ("apps/by_tenant", "a tenant has one app; the newest revocations, by LIMIT"),
    ("revocations/revoke_user", "the newest revocation, from the end of the index"),
    ("members/search_few", "a conversation has few members, which the caller checks"),
    ("members/mentioned", "each member of a conversation with few members"),
    ("members/receipts", "members of a conversation, by LIMIT"),
    ("members/successor", "a group has at most 100 members"),
    ("gateways/list", "the few gateways of an app, by LIMIT"),
    ("counters/list", "an app has few counters, and so has the deployment"),
    ("conversations/get", "the newest message, by LIMIT 1; the other of two members"),
    ("conversations/get_dm", "the newest message, by LIMIT 1; the other of two members"),
    ("conversations/inbox", "the newest message, by LIMIT 1; the other of two members"),
    ("conversations/create_dm", "foreign keys to a conversation that is new"),
    ("conversations/create_general", "foreign keys to a new conversation; a tenant's one general room"),
    ("conversations/advance", "the oldest message, by LIMIT 1"),
    ("purge/settle_old_messages", "the oldest message, by LIMIT 1"),
    ("purge/apps_with_audits", "the oldest entry, by LIMIT 1"),
    ("purge/apps_with_reports", "the oldest report, by LIMIT 1"),
    ("purge/due_logs", "a tenant has one app"),
    ("purge/advance_purged", "the oldest messages, by LIMIT"),
    ("purge/old_messages", "the oldest messages, by LIMIT"),
    ("purge/ended_file_releases", "one row of each deleted conversation; one use of its files is looked for"),
    ("purge/files_of_deleted_rooms", "uses of files by deleted conversations, by LIMIT"),
    ("purge/old_tombstones", "the oldest tombstones, by LIMIT"),
    ("notifications/add_shared", "online users, of which a few are listed, by LIMIT"),
    ("notifications/trim_shared", "a conversation has few shared notifications, which the query ensures"),
    ("users/online", "online users, which are the result"),
    ("quarantine/count", "quarantined entries of a tenant, by LIMIT"),
    ("presence/people_online", "online users, which are counted, by LIMIT"),
    ("presence/online_members", "online users, of which a large conversation has many"),
];

/// A search by conversation or tenant alone scans all of its rows.
#[test]
fn no_query_scans_a_whole_conversation_or_tenant() {
    let db = Sqlite::new().expect("the migrations apply");
    let mut refused = Vec::new();
    for (name, sql) in QUERIES.iter().filter(|(name, _)| !BOUND_OTHERWISE.iter().any(|(bound, _)| bound == name)) {
        let plan = db.explain(sql).expect("the query can be prepared");
        let scans_all = |step: &String| {
            let whole = ["(conversation_id=?)", "(tenant_id=?)", "(tenant_id=? AND online_until>?)"];
            let few = [
                "rooms_general",
                "members_owners",
                "members_archived",
                "members_moderators",
                "autoindex_rooms",
                "autoindex_apps",
                "imports_general",
                // The one row of a conversation that is being imported.
                "SEARCH i USING PRIMARY KEY",
                "SEARCH imports USING PRIMARY KEY",
            ];
            whole.iter().any(|end| step.ends_with(end)) && !few.iter().any(|index| step.contains(index))
        };
        if plan.iter().any(scans_all) {
            refused.push(format!("{name}:\n    {}", plan.join("\n    ")));
        }
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}

/// A page in index order costs the same in a history of any length; sorting would read all of it.
#[test]
fn pages_of_history_are_not_sorted() {
    let db = Sqlite::new().expect("the migrations apply");
    let is_page = |name: &str| IN_ORDER_OF_AN_INDEX.contains(&name) || name.starts_with("alerts/");
    for (name, sql) in QUERIES.iter().filter(|(name, _)| is_page(name)) {
        let plan = db.explain(sql).expect("the query can be prepared");
        assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE")), "{name}:\n    {}", plan.join("\n    "));
    }
}

/// A person's own notifications are read in index order, and only the shared ones are sorted, which are few for each membership.
#[test]
fn ones_own_notifications_are_not_sorted() {
    let db = Sqlite::new().expect("the migrations apply");
    for name in ["notifications/list", "notifications/list_unread"] {
        let (_, sql) = QUERIES.iter().find(|(known, _)| *known == name).expect("the query exists");
        let plan = db.explain(sql).expect("the query can be prepared");
        let is = |part: &'static str| move |step: &String| step.trim() == part;
        let own = plan.iter().skip_while(|step| !is("LEFT")(step)).take_while(|step| !is("RIGHT")(step));
        assert!(plan.iter().any(is("RIGHT")), "{name}:\n    {}", plan.join("\n    "));
        assert!(!own.clone().any(|step| step.contains("TEMP B-TREE")), "{name}:\n    {}", plan.join("\n    "));
        assert!(own.count() > 1, "{name}:\n    {}", plan.join("\n    "));
    }
}

/// Finding the next expired rows costs the same however many there are.
#[test]
fn expired_rows_are_found_in_index_order() {
    let db = Sqlite::new().expect("the migrations apply");
    for (name, sql) in QUERIES.iter().filter(|(name, _)| name.starts_with("purge/")) {
        let plan = db.explain(sql).expect("the query can be prepared");
        assert!(!plan.iter().any(|step| step.contains("FOR ORDER BY")), "{name}:\n    {}", plan.join("\n    "));
    }
}

const FOREIGN_KEYS: &str = "
    SELECT t.name AS child, f.id, json_group_array(f.\"from\" ORDER BY f.seq) AS columns
    FROM sqlite_schema AS t, pragma_foreign_key_list(t.name) AS f
    WHERE t.type = 'table'
    GROUP BY t.name, f.id";
const INDEXES: &str = "
    SELECT t.name AS child, json_group_array(c.name ORDER BY c.seqno) AS columns
    FROM sqlite_schema AS t, pragma_index_list(t.name) AS i, pragma_index_info(i.name) AS c
    WHERE t.type = 'table' AND i.partial = 0
    GROUP BY t.name, i.name";

fn columns_of(db: &Sqlite, sql: &'static str) -> Vec<(String, Vec<String>)> {
    let rows = pollster::block_on(db.query(Statement::unnamed(sql, []))).expect("the schema can be read");
    let text = |row: &campana_storage::Row, name: &str| row[name].as_str().expect("the column is text").to_owned();
    rows.iter()
        .map(|row| {
            (
                text(row, "child"),
                serde_json::from_str(&text(row, "columns")).expect("the column is a JSON list of names"),
            )
        })
        .collect()
}

#[test]
fn every_foreign_key_is_indexed_in_its_child_table() {
    let db = Sqlite::new().expect("the migrations apply");
    let indexed_columns = columns_of(&db, INDEXES);
    let keys = columns_of(&db, FOREIGN_KEYS);
    assert!(keys.len() > 5, "the schema has foreign keys");
    for (table, columns) in keys {
        let found = indexed_columns.iter().any(|(of, by)| *of == table && by.starts_with(&columns));
        assert!(found, "{table} has no index on {columns:?}");
    }
}

#[test]
fn every_table_is_strict() {
    let db = Sqlite::new().expect("the migrations apply");
    let sql = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND strict = 0 AND name NOT LIKE 'sqlite_%'";
    let loose = pollster::block_on(db.query(Statement::unnamed(sql, []))).expect("the schema can be read");
    assert!(loose.is_empty(), "{loose:?}");
}
