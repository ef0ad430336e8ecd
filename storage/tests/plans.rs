//! How the database runs the queries: by index, whatever the size of the tables.

#![expect(clippy::expect_used, reason = "helpers of tests")]

use campana_schema::{QUERIES, objects};
use campana_storage::{Database, Sqlite, Statement};

/// Walks over something that does not grow with the record: JSON that was passed in, a constant, or a page that
/// an inner part of the same query has limited.
fn is_harmless(step: &str) -> bool {
    !step.contains("SCAN ")
        || step.contains("VIRTUAL TABLE")
        || step.contains("SCAN CONSTANT ROW")
        || step.trim() == "SCAN page"
}

#[test]
fn no_query_walks_through_a_table_that_grows() {
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

/// Walks in an object's own database that are short.
const SHORT_IN_AN_OBJECT: [(&str, &str); 22] = [
    ("begun/page", "changes under way, of which there are few, by LIMIT"),
    ("herald/page", "from the beginning, by LIMIT"),
    ("log/last_message", "from the end back to the newest message, in a log that is kept short"),
    ("log/last_ordinal", "the same"),
    ("members/pending_reads", "over an index of the markers that wait, by LIMIT"),
    ("announced/all", "members of presence channels that have listeners; their number has a limit"),
    ("cached/any", "the channels of one object, of which few keep an event"),
    ("missed/all", "gateways that have not got a frame, when the object wakes"),
    ("listening/all", "channels of this object that have listeners, by gateway"),
    ("targets/all", "objects that have listeners here, when sockets were lost"),
    ("meta/all", "a dozen rows"),
    ("meta/exists", "the names of the tables"),
    ("meta/has_table", "the names of the tables"),
    ("webhooks/endpoints", "ten rows"),
    ("hooks/all", "twenty rows"),
    ("desk/counts", "open alerts, those still to be told of, and errands that wait, whose number has a limit"),
    ("desk/errands", "from the beginning, by LIMIT"),
    ("desk/has_errands", "by LIMIT 1"),
    ("desk/has_untold", "by LIMIT 1"),
    ("desk/newest_deliveries", "from the end, by LIMIT"),
    ("desk/open", "open alerts, newest first, by LIMIT"),
    ("desk/untold", "over an index of those that wait, by LIMIT"),
];

#[test]
fn no_query_of_an_object_walks_through_its_log_or_its_members() {
    let conversation = Sqlite::of_object(&objects::CONVERSATION.all_steps()).expect("the tables are made");
    let quota = Sqlite::of_object(&objects::LEDGER.all_steps()).expect("the tables are made");
    let subscriptions = Sqlite::of_object(&objects::HOSTING.all_steps()).expect("the tables are made");
    let gateway = Sqlite::of_object(&objects::GATEWAY.all_steps()).expect("the tables are made");
    let webhooks = Sqlite::of_object(&objects::WEBHOOKS.all_steps()).expect("the tables are made");
    let herald = Sqlite::of_object(&objects::HERALD.all_steps()).expect("the tables are made");
    let desk = Sqlite::of_object(&objects::ALERT_DESK.all_steps()).expect("the tables are made");
    let pager = Sqlite::of_object(&objects::PAGER.all_steps()).expect("the tables are made");
    let mut refused = Vec::new();
    for (name, sql) in objects::QUERIES.iter().filter(|(name, _)| !SHORT_IN_AN_OBJECT.iter().any(|(it, _)| it == name))
    {
        let db = match name.split_once('/').map_or("", |(topic, _)| topic) {
            "leases" | "persons" => &quota,
            "announced" | "cached" | "listening" | "missed" => &subscriptions,
            "report_leases" | "targets" => &gateway,
            "webhooks" => &webhooks,
            "herald" => &herald,
            "desk" => &desk,
            "hooks" | "pager" => &pager,
            _ => &conversation,
        };
        let plan = db.explain(sql).unwrap_or_else(|error| panic!("{name} cannot be prepared: {error}"));
        if !plan.iter().all(|step| is_harmless(step) && !step.contains("TEMP B-TREE")) {
            refused.push(format!("{name}:\n    {}", plan.join("\n    ")));
        }
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
    let channel = Sqlite::of_object(&objects::CHANNEL.all_steps()).expect("the tables are made");
    for (name, sql) in objects::QUERIES.iter().filter(|(name, _)| name.starts_with("meta/")) {
        assert!(channel.explain(sql).is_ok(), "{name} fits the channel's tables too");
        assert!(quota.explain(sql).is_ok(), "{name} fits the quota registry's tables too");
        assert!(webhooks.explain(sql).is_ok(), "{name} fits the webhooks' tables too");
    }
}

const IN_ORDER_OF_AN_INDEX: [&str; 6] =
    ["messages/before", "messages/after", "members/list", "users/search", "rooms/list_all", "conversations/get"];

/// Steps that are bound to a whole conversation or tenant, but read no more than a few rows of it.
const BOUND_OTHERWISE: [(&str, &str); 18] = [
    ("apps/by_tenant", "a tenant has one app"),
    ("gateways/list", "the few gateways of an app, by LIMIT"),
    ("conversations/get", "the newest message, by LIMIT 1; the other one of two"),
    ("conversations/get_dm", "the newest message, by LIMIT 1; the other one of two"),
    ("conversations/inbox", "the newest message, by LIMIT 1; the other one of two"),
    ("conversations/create_dm", "foreign keys that point to a conversation which is only just made"),
    ("conversations/create_general", "foreign keys again; a tenant's one general room"),
    ("conversations/advance", "the oldest message, by LIMIT 1"),
    ("purge/settle_old_messages", "the oldest message, by LIMIT 1"),
    ("purge/apps_with_audits", "the oldest entry, by LIMIT 1"),
    ("purge/due_logs", "a tenant has one app"),
    ("purge/advance_purged", "the oldest messages, by LIMIT"),
    ("purge/old_messages", "the oldest messages, by LIMIT"),
    ("purge/old_tombstones", "the oldest tombstones, by LIMIT"),
    ("users/online", "those online, who are asked for"),
    ("quarantine/count", "entries of a tenant, by LIMIT"),
    ("presence/people_online", "those online, who are counted, by LIMIT"),
    ("presence/online_members", "those online, of whom a large conversation has many"),
];

/// An index that is only used up to the conversation or the tenant is a walk through all that is in it.
#[test]
fn no_query_walks_through_a_whole_conversation_or_tenant() {
    let db = Sqlite::new().expect("the migrations apply");
    let mut refused = Vec::new();
    for (name, sql) in QUERIES.iter().filter(|(name, _)| !BOUND_OTHERWISE.iter().any(|(bound, _)| bound == name)) {
        let plan = db.explain(sql).expect("it can be prepared");
        let walks = |step: &String| {
            let whole = ["(conversation_id=?)", "(tenant_id=?)", "(tenant_id=? AND online_until>?)"];
            let few = ["rooms_general", "members_owners", "autoindex_rooms", "autoindex_apps"];
            whole.iter().any(|end| step.ends_with(end)) && !few.iter().any(|index| step.contains(index))
        };
        if plan.iter().any(walks) {
            refused.push(format!("{name}:\n    {}", plan.join("\n    ")));
        }
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}

/// A page in the order of its index costs the same in a history of any length; sorting would read all of it.
#[test]
fn pages_of_history_are_not_sorted() {
    let db = Sqlite::new().expect("the migrations apply");
    let is_page = |name: &str| IN_ORDER_OF_AN_INDEX.contains(&name) || name.starts_with("alerts/");
    for (name, sql) in QUERIES.iter().filter(|(name, _)| is_page(name)) {
        let plan = db.explain(sql).expect("it can be prepared");
        assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE")), "{name}:\n    {}", plan.join("\n    "));
    }
}

/// Looking for the next few that are over costs the same however many there are.
#[test]
fn what_is_over_is_found_in_the_order_of_an_index() {
    let db = Sqlite::new().expect("the migrations apply");
    for (name, sql) in QUERIES.iter().filter(|(name, _)| name.starts_with("purge/")) {
        let plan = db.explain(sql).expect("it can be prepared");
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
    let text = |row: &campana_storage::Row, name: &str| row[name].as_str().expect("a text").to_owned();
    rows.iter()
        .map(|row| (text(row, "child"), serde_json::from_str(&text(row, "columns")).expect("a list of names")))
        .collect()
}

#[test]
fn every_foreign_key_is_indexed_on_its_own_side() {
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
