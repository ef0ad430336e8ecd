//! The statements of all objects: each file is named, is one statement, and uses an index of the tables it runs on.

use crate::{
    alert_desk, chat_push, conversation, delivery_history, gateway, pager, quota_registry, resumable, search,
    subscriptions, webhooks,
};
use campana_schema::objects::{
    ALERT_DESK, ANNOUNCEMENTS, CHANNEL, CHAT_PUSH, CONVERSATION, GATEWAY, HERALD, HIDDEN_PEOPLE, HOSTING, LEDGER,
    LINK_PREVIEWS, META, METRICS, PAGER, RESUMABLE, SCHEDULED, SEARCH, SLOW_MODE, TRACES, TableSet, WEBHOOKS,
};
use campana_storage::Sqlite;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The names that each folder's statements have in code.
const NAMED: [(&str, &[&str]); 11] = [
    ("alert_desk", alert_desk::queries::FILES),
    ("chat_push", chat_push::FILES),
    ("conversation", conversation::queries::FILES),
    ("delivery_history", delivery_history::queries::FILES),
    ("gateway", gateway::queries::FILES),
    ("pager", pager::queries::FILES),
    ("quota_registry", quota_registry::queries::FILES),
    ("resumable", resumable::FILES),
    ("search", search::FILES),
    ("subscriptions", subscriptions::queries::FILES),
    ("webhooks", webhooks::queries::FILES),
];

/// The tables that statements below a folder run on: on each of these sets.
const TABLES: [(&str, &[TableSet]); 20] = [
    (
        "runtime/queries/meta/",
        &[
            ALERT_DESK,
            CHANNEL,
            CHAT_PUSH,
            CONVERSATION,
            GATEWAY,
            HERALD,
            HOSTING,
            LEDGER,
            PAGER,
            RESUMABLE,
            SEARCH,
            WEBHOOKS,
        ],
    ),
    ("alert_desk/queries/", &[ALERT_DESK]),
    ("chat_push/queries/announcements/", &[ANNOUNCEMENTS]),
    ("chat_push/queries/", &[CHAT_PUSH]),
    ("conversation/queries/hidden_people/", &[HIDDEN_PEOPLE]),
    ("conversation/queries/link_previews/", &[LINK_PREVIEWS]),
    ("conversation/queries/scheduled/", &[SCHEDULED]),
    ("conversation/queries/slow_mode/", &[SLOW_MODE]),
    ("conversation/queries/", &[CONVERSATION]),
    ("delivery_history/queries/", &[PAGER, WEBHOOKS]),
    ("gateway/queries/", &[GATEWAY]),
    ("pager/queries/", &[PAGER]),
    ("quota_registry/queries/metrics/", &[METRICS]),
    ("quota_registry/queries/", &[LEDGER]),
    ("resumable/queries/", &[RESUMABLE]),
    ("search/queries/", &[SEARCH]),
    ("subscriptions/queries/traces/", &[TRACES]),
    ("subscriptions/queries/", &[HOSTING]),
    ("webhooks/queries/outbox/", &[HERALD]),
    ("webhooks/queries/", &[WEBHOOKS]),
];

/// Short scans, with the reason.
const SHORT: [(&str, &str); 38] = [
    ("alert_desk/queries/alerts/counts", "open alerts, unannounced changes and pending rows, whose number has a limit"),
    ("alert_desk/queries/alerts/newest_deliveries", "from the last row, by LIMIT"),
    ("alert_desk/queries/alerts/open", "open alerts, newest first, by LIMIT"),
    ("alert_desk/queries/outbox/page", "from the first row, by LIMIT"),
    ("conversation/queries/annotations/unflushed_after", "annotations that the record lacks, by LIMIT"),
    ("conversation/queries/annotations/unflushed_before", "as unflushed_after"),
    ("conversation/queries/annotations/view", "the one row of an aggregate"),
    ("conversation/queries/link_previews/crowd", "links that were looked at, of which it keeps two hundred"),
    ("conversation/queries/link_previews/crowd_jobs", "messages with links, of which it keeps two hundred"),
    ("conversation/queries/log/forget_member", "a log that is trimmed, once when a user is erased"),
    ("conversation/queries/log/last_message", "backwards to the newest message, in a log that is trimmed"),
    ("conversation/queries/log/last_ordinal", "as last_message"),
    ("conversation/queries/members/pending_reads", "an index of pending markers, by LIMIT"),
    ("conversation/queries/meta/all", "a dozen rows"),
    ("conversation/queries/pending_changes/page", "few pending changes, by LIMIT"),
    ("conversation/queries/pins/count", "a hundred pins at most"),
    ("conversation/queries/reactions/forget_name", "as log/forget_member"),
    ("conversation/queries/scheduled/next_due", "the first row of an index, by LIMIT 1"),
    ("conversation/queries/scheduled/next_ended", "as next_due"),
    (
        "conversation/queries/scheduled/release",
        "an index of messages that are held back, when a rule or a role changes",
    ),
    ("gateway/queries/occupied_channels/all", "channels with subscribers here, read when the gateway wakes"),
    ("gateway/queries/targets/all", "objects with subscribers here, read when sockets were lost"),
    ("pager/queries/webhooks/all", "twenty rows"),
    ("quota_registry/queries/revocations/list_objects", "objects with connections, each of which gets a row"),
    ("resumable/queries/parts/tags", "parts of one file, twenty at most"),
    ("resumable/queries/upload/get", "one row"),
    ("runtime/queries/meta/has_table", "table names"),
    ("search/queries/conversations/count", "counted when an operator asks how far the index is"),
    ("search/queries/fills/count", "as conversations/count; the list is short"),
    ("search/queries/fills/next", "the first row, by LIMIT 1"),
    ("search/queries/messages/count", "as conversations/count"),
    ("search/queries/texts/best", "sorts ten thousand rows at most"),
    ("subscriptions/queries/cached_events/any", "channels of one object, few of which cache an event"),
    ("subscriptions/queries/missed/all", "gateways that missed a frame, read when the object wakes"),
    ("subscriptions/queries/presence_members/all", "members of subscribed presence channels, whose number has a limit"),
    ("subscriptions/queries/subscribed_gateways/all", "subscribed channels of this object, by gateway"),
    ("webhooks/queries/outbox/page", "from the first row, by LIMIT"),
    ("webhooks/queries/queue/endpoints", "ten rows"),
];

/// Every statement in a folder, by `prefix`, the path and the name without `.sql`.
fn read(folder: &Path, prefix: &str, statements: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(folder).expect("the folder is readable") {
        let path = entry.expect("the folder is readable").path();
        let name = format!("{prefix}{}", path.file_name().expect("a file has a name").to_string_lossy());
        if path.is_dir() {
            read(&path, &format!("{name}/"), statements);
        } else if let Some(name) = name.strip_suffix(".sql") {
            statements.insert(name.to_owned(), std::fs::read_to_string(&path).expect("the file is readable"));
        }
    }
}

fn statements() -> BTreeMap<String, String> {
    let mut statements = BTreeMap::new();
    read(Path::new("src"), "", &mut statements);
    read(Path::new("runtime/src"), "runtime/", &mut statements);
    statements
}

#[test]
fn every_file_is_named() {
    let is_of_runtime = |name: &String| name.starts_with("runtime/");
    let (of_runtime, files): (BTreeSet<_>, BTreeSet<_>) = statements().into_keys().partition(is_of_runtime);
    for name in of_runtime {
        let file = name.replacen("runtime/", "", 1) + ".sql";
        assert!(include_str!("../../runtime/src/sql.rs").contains(&file), "{file} is named");
    }
    let named = NAMED.iter().flat_map(|(folder, names)| names.iter().map(move |name| format!("{folder}/{name}")));
    assert_eq!(files, named.collect());
}

#[test]
fn a_file_is_one_statement_with_numbered_parameters() {
    for (name, sql) in statements() {
        let code: String = sql.lines().filter(|line| !line.trim_start().starts_with("--")).collect();
        assert!(!code.contains(';'), "{name} holds more than one statement");
        let numbered = code.split('?').skip(1).all(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        assert!(numbered, "{name} has a parameter without a number");
    }
}

/// Whether a step scans nothing that grows: it may scan JSON parameters, a constant, or a page that a subquery has
/// limited. It sorts nothing either.
fn is_harmless(step: &str) -> bool {
    let is_bounded = step.contains("VIRTUAL TABLE") || step.contains("SCAN CONSTANT ROW") || step.trim() == "SCAN page";
    (!step.contains("SCAN ") || is_bounded) && !step.contains("TEMP B-TREE")
}

/// The databases that statements below each folder run on.
fn databases() -> Vec<(&'static str, Vec<Sqlite>)> {
    let made = |set: &TableSet| Sqlite::of_object(&format!("{META}\n{}", set.all_steps())).expect("the steps apply");
    TABLES.iter().map(|(prefix, sets)| (*prefix, sets.iter().map(made).collect())).collect()
}

/// SQLite compiles a statement at each run if its plan depends on the value of a parameter, as with `LIMIT ?1`. That takes
/// longer than the run. The plan with `LIMIT CAST(?1 AS INTEGER)` does not depend on it.
#[test]
fn no_statement_is_compiled_at_each_run() {
    let tables = databases();
    let mut again = Vec::new();
    for (name, sql) in statements() {
        let (_, databases) = tables.iter().find(|(prefix, _)| name.starts_with(prefix)).expect("tables");
        for database in databases {
            let count = database.recompilations(&sql, 5).unwrap_or_else(|error| panic!("{name}: {error}"));
            if count > 0 {
                again.push(format!("{name} {count}"));
            }
        }
    }
    assert!(again.is_empty(), "{again:#?}");
}

#[test]
fn no_statement_scans_a_growing_table() {
    let tables = databases();
    let (mut refused, mut short) = (Vec::new(), BTreeSet::new());
    for (name, sql) in statements() {
        let found = tables.iter().find(|(prefix, _)| name.starts_with(prefix));
        let (_, databases) = found.unwrap_or_else(|| panic!("{name} has no tables"));
        for database in databases {
            let plan = database.explain(&sql).unwrap_or_else(|error| panic!("{name} cannot be prepared: {error}"));
            if plan.iter().all(|step| is_harmless(step)) {
                continue;
            }
            if SHORT.iter().any(|(it, _)| *it == name) {
                short.insert(name.clone());
            } else {
                refused.push(format!("{name}:\n    {}", plan.join("\n    ")));
            }
        }
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
    assert_eq!(short, SHORT.iter().map(|(name, _)| (*name).to_owned()).collect(), "these scan");
}
