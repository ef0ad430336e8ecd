//! Tests of the dump form.

use super::*;
use crate::shared::ids::{ConversationId, MessageId, TenantId, UserId};
use crate::shared::timestamp::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);
const AT: &str = "2026-01-31T09:05:00.120Z";

fn tenant() -> TenantId {
    TenantId::trusted("demo")
}

fn lines(values: &[Value]) -> Vec<Result<Line, String>> {
    values.iter().map(|value| read_line(&value.to_string())).collect()
}

/// The record after a batch.
fn written(mut record: Record, writes: &Writes) -> Record {
    for user in &writes.users {
        record.users.insert(user.id.clone(), user.name.clone());
    }
    for new in &writes.conversations {
        let known = KnownConversation {
            is_there: true,
            conversation_type: new.conversation_type.to_owned(),
            pair: new.pair.clone(),
            created_at: new.created_at,
            progress: Some(Progress { import: "one".to_owned(), ..Progress::default() }),
        };
        record.conversations.insert(new.id.clone(), known);
        record.pairs.extend(new.pair.clone().map(|key| (key, (new.id.clone(), new.report_id.clone()))));
        record.rooms.extend(new.room.as_ref().map(|room| (room.id.clone(), new.id.clone())));
    }
    for member in &writes.members {
        record.members.insert((member.conversation_id.clone(), member.user_id.clone()));
    }
    for new in &writes.messages {
        let message = &new.row.message;
        let known = KnownMessage {
            conversation_id: message.conversation_id.clone(),
            seq: message.seq,
            thread_id: message.thread_id.clone(),
            is_deleted: message.deleted_at.is_some(),
        };
        record.messages.insert(message.id.clone(), known);
    }
    for new in &writes.reactions {
        let key = (new.message_id.clone(), new.user_id.clone(), new.emoji.as_str().to_owned());
        record.reactions.insert(key);
    }
    for advanced in &writes.advanced {
        let known = record.conversations.get_mut(&advanced.id).expect("the conversation is there");
        let progress = known.progress.as_mut().expect("it is being imported");
        assert_eq!(progress.last_seq, advanced.before);
        *progress = advanced.progress.clone();
    }
    record
}

fn planned(values: &[Value], record: Record) -> Planned {
    plan((&tenant(), "one", &[]), lines(values), record, NOW)
}

fn user(id: &str) -> Value {
    json!({"kind": "user", "id": id, "name": format!("Person {id}")})
}

fn chat_room(id: &str, report: Option<&str>) -> Value {
    json!({
        "kind": "chat_room", "id": id, "participant_a": "7", "participant_b": "8", "report_id": report, "created_at": AT,
    })
}

fn message(id: &str, more: &Value) -> Value {
    let mut line = json!({
        "kind": "message", "id": id, "conversation_id": "c", "sender_id": "7", "body": "text", "created_at": AT,
    });
    let fields = line.as_object_mut().expect("an object");
    fields.extend(more.as_object().expect("an object").clone());
    line
}

#[track_caller]
fn refused(values: &[Value], says: &str) {
    let outcomes = planned(values, Record::default()).outcomes;
    let Some(Outcome::Refused(reason)) = outcomes.last() else { panic!("{outcomes:?}") };
    assert!(reason.contains(says), "{reason:?} does not say {says:?}");
}

fn begun() -> Vec<Value> {
    vec![user("7"), user("8"), chat_room("c", None)]
}

fn and(more: Vec<Value>) -> Vec<Value> {
    [begun(), more].concat()
}

#[test]
fn uuids_stay_and_other_ids_become_uuids_by_tenant_and_kind() {
    let (one, two) = (tenant(), TenantId::trusted("other"));
    let identities = Identities { tenant: &one };
    let (kept, old) = identities.message("019A3E5B-7A10-7C3E-9D7F-2B6F0C1D4E01").expect("an id");
    assert_eq!((kept.as_str(), old), ("019a3e5b-7a10-7c3e-9d7f-2b6f0c1d4e01", None));
    let (id, old) = identities.message("17").expect("an id");
    assert_eq!((id.as_str().len(), id.as_str().as_bytes()[14], old.as_deref()), (36, b'5', Some("17")));
    assert_eq!(identities.message("17"), Ok((id.clone(), old)));
    assert_ne!(identities.conversation("17").expect("an id").0.as_str(), id.as_str());
    assert_ne!(Identities { tenant: &two }.message("17").expect("an id").0, id);
    assert_ne!(identities.conversation_of_room("17").expect("an id"), identities.conversation("17").expect("an id").0);
    // A change of these would give other ids to what was imported before.
    assert_eq!(id.as_str(), "2ee4fbf5-df66-5e7f-9eef-7f31b2953332");
}

#[test]
fn messages_are_numbered_in_the_order_of_their_lines() {
    let replies = json!({"parent_id": "m1"});
    let lines = and(vec![
        message("m1", &json!({})),
        message("m2", &replies),
        message("m3", &json!({"type": "system", "body": null})),
        message("m4", &json!({"seq": 10})),
        message("m5", &json!({"parent_id": "m2", "also_in_channel": true})),
    ]);
    let writes = planned(&lines, Record::default()).writes;
    let numbers: Vec<_> =
        writes.messages.iter().map(|new| (new.row.message.seq, new.row.ordinal, new.row.uncounted)).collect();
    assert_eq!(numbers, [(1, 1, 0), (2, 2, 1), (3, 3, 2), (10, 4, 2), (11, 5, 2)]);
    let root = &writes.messages[0].row.message.id;
    let threads: Vec<_> = writes.messages.iter().map(|new| new.row.message.thread_id.as_ref() == Some(root)).collect();
    assert_eq!(threads, [false, true, false, false, true]);
    let progress = &writes.advanced[0].progress;
    assert_eq!((progress.last_seq, progress.message_count, progress.uncounted_count), (11, 5, 2));
}

#[test]
fn old_ids_are_in_the_metadata() {
    let lines = and(vec![message("m1", &json!({"metadata": {"a": 1}}))]);
    let writes = planned(&lines, Record::default()).writes;
    assert_eq!(writes.conversations[0].metadata.get(IMPORTED_ID), Some(&json!("c")));
    let metadata = writes.messages[0].row.message.metadata.clone().expect("metadata");
    assert_eq!(Value::Object(metadata), json!({"a": 1, "imported_id": "m1"}));
}

#[test]
fn a_pairs_second_room_is_a_group_if_it_is_about_something_else() {
    let rooms = [chat_room("c", None), chat_room("d", Some("r")), chat_room("e", Some("r")), chat_room("f", None)];
    let lines = [vec![user("7"), user("8")], rooms.into()].concat();
    let Planned { outcomes, writes } = planned(&lines, Record::default());
    let types: Vec<_> = writes.conversations.iter().map(|new| new.conversation_type).collect();
    assert_eq!(types, ["dm", "group", "group"], "{outcomes:?}");
    assert!(matches!(outcomes.last(), Some(Outcome::Refused(_))));
    let owners = writes.members.iter().filter(|member| member.role == crate::chat::policy::Role::Owner).count();
    assert_eq!(owners, 2, "a group keeps an owner");
}

#[test]
fn what_is_deleted_keeps_no_text() {
    let gone = json!({
        "deleted_at": AT, "metadata": {"secret": 1}, "mentions": [{"type": "here", "user_id": null}],
        "versions": [{"version": 1, "body": "before", "written_at": AT}], "pinned_at": AT, "pinned_by": "7",
    });
    let writes = planned(&and(vec![message("m1", &gone)]), Record::default()).writes;
    let new = &writes.messages[0];
    assert_eq!((&new.row.message.body, &new.pinned, new.versions.len()), (&None, &None, 0));
    assert_eq!(new.row.message.metadata.clone().map(Value::Object), Some(json!({"imported_id": "m1"})));
    assert!(new.row.message.mentions.is_empty());
    // Imported once more, from an export.
    let id = new.row.message.id.as_str();
    let again = json!({"deleted_at": AT, "metadata": {"secret": 1, "imported_id": "m1"}});
    let writes = planned(&and(vec![message(id, &again)]), Record::default()).writes;
    let metadata = writes.messages[0].row.message.metadata.clone();
    assert_eq!(metadata.map(Value::Object), Some(json!({"imported_id": "m1"})));
}

#[test]
fn refusals_say_what_is_wrong() {
    refused(&[json!({"kind": "file", "id": "f"})], "files are not imported yet");
    refused(&[json!({"kind": "user", "id": "7", "name": ""})], "name");
    refused(&[json!({"kind": "user", "id": "a/b", "name": "A"})], "id");
    refused(&[chat_room("c", None)], "the line of the user comes first");
    refused(&and(vec![message("m1", &json!({"conversation_id": "x"}))]), "its line comes first");
    refused(&and(vec![message("m1", &json!({"sender_id": "9"}))]), "sender_id is not a user");
    refused(&and(vec![message("m1", &json!({"body": null}))]), "body is missing");
    refused(&and(vec![message("m1", &json!({})), message("m2", &json!({"seq": 1}))]), "seq is not after");
    refused(&and(vec![message("m1", &json!({"parent_id": "m0"}))]), "parent_id is not a message");
    refused(&and(vec![message("m1", &json!({"version": 0}))]), "version");
    refused(&and(vec![message("m1", &json!({"room_id": "r"}))]), "either conversation_id or room_id");
    refused(
        &and(vec![json!({"kind": "member", "conversation_id": "c", "user_id": "8", "last_read_seq": -1})]),
        "last_read_seq",
    );
    let reaction = |emoji: &str| json!({"kind": "reaction", "conversation_id": "c", "message_id": "m1", "user_id": "8", "emoji": emoji, "created_at": AT});
    refused(&and(vec![reaction("👍")]), "message_id is not a message");
    refused(&and(vec![message("m1", &json!({})), reaction("x")]), "emoji");
    refused(&and(vec![message("m1", &json!({"deleted_at": AT})), reaction("👍")]), "deleted");
}

#[test]
fn only_its_own_import_fills_a_conversation() {
    let record = written(Record::default(), &planned(&begun(), Record::default()).writes);
    let other = plan((&tenant(), "two", &[]), lines(&[message("m1", &json!({}))]), record.clone(), NOW);
    assert!(matches!(&other.outcomes[..], [Outcome::Refused(reason)] if reason.contains("another import")));
    let mut opened = record;
    for known in opened.conversations.values_mut() {
        known.progress = None;
    }
    let late = planned(&[message("m1", &json!({}))], opened.clone());
    assert!(matches!(&late.outcomes[..], [Outcome::Refused(reason)] if reason.contains("in use")));
    assert_eq!(planned(&begun(), opened).outcomes, vec![Outcome::Unchanged; 3]);
}

#[test]
fn references_are_found_for_every_kind() {
    let reaction = json!({"kind": "reaction", "conversation_id": "c", "message_id": "m1", "user_id": "9", "emoji": "👍", "created_at": AT});
    let all = and(vec![message("m1", &json!({"parent_id": "m0", "quote_id": "q"})), reaction]);
    let found = references(&tenant(), &lines(&all));
    assert_eq!(found.users.iter().map(UserId::as_str).collect::<Vec<_>>(), ["7", "8", "9"]);
    assert_eq!((found.conversations.len(), found.pairs.len(), found.messages.len()), (1, 1, 3));
    assert_eq!(found.reactions.len(), 1);
}

fn some_text() -> impl Strategy<Value = String> {
    "[ -~é😀\"\\\\]{1,20}"
}

prop_compose! {
    fn some_message()(
        number in 0..30_u32,
        parent in prop::option::of(0..30_u32),
        body in some_text(),
        is_deleted in any::<bool>(),
        in_channel in any::<bool>(),
        has_seq in any::<bool>(),
    ) -> Value {
        let mut line = message(&format!("m{number}"), &json!({"body": body, "also_in_channel": in_channel}));
        if let Some(parent) = parent {
            line["parent_id"] = json!(format!("m{parent}"));
        }
        if is_deleted {
            line["deleted_at"] = json!(AT);
        }
        if has_seq {
            line["seq"] = json!(number * 3);
        }
        line
    }
}

proptest! {
    #[test]
    fn a_line_is_read_as_it_was_written(value in some_message()) {
        let line = read_line(&value.to_string()).expect("a line");
        let text = serde_json::to_string(&line).expect("JSON");
        prop_assert_eq!(read_line(&text), Ok(line.clone()));
        let again = serde_json::to_string(&read_line(&text).expect("a line")).expect("JSON");
        prop_assert_eq!(again, text);
    }

    #[test]
    fn any_text_is_read_without_a_panic(text in "\\PC{0,60}") {
        let _ = read_line(&text);
    }

    /// Cut anywhere, with parts sent twice: the record has the same messages at the same positions.
    #[test]
    fn batches_write_what_one_batch_would(
        messages in prop::collection::vec(some_message(), 0..40),
        cuts in prop::collection::vec(1..8_usize, 1..20),
        repeats in any::<bool>(),
    ) {
        let all = and(messages);
        let whole = planned(&all, Record::default()).writes;
        let (mut record, mut rest, mut parts) = (Record::default(), &all[..], Vec::new());
        for size in cuts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (part, after) = rest.split_at((*size).min(rest.len()));
            let step = planned(part, record.clone());
            record = written(record, &step.writes);
            parts.extend(step.writes.messages);
            if repeats {
                let again = planned(part, record.clone());
                let is_stable = |(first, second): (&Outcome, &Outcome)| match first {
                    Outcome::Written | Outcome::Unchanged => *second == Outcome::Unchanged,
                    Outcome::Refused(_) => true,
                };
                let is_known = step.outcomes.iter().zip(&again.outcomes).all(is_stable);
                prop_assert!(is_known);
                record = written(record, &again.writes);
                parts.extend(again.writes.messages);
            }
            rest = after;
        }
        // A repeated part can take a line that was refused for a message that came after it.
        if !repeats {
            prop_assert_eq!(parts, whole.messages);
        }
    }
}

#[test]
fn ids_of_records_are_compared_in_one_spelling() {
    let id = "019A3E5B-7A10-7C3E-9D7F-2B6F0C1D4E01";
    let lines = [
        vec![user("7"), user("8"), chat_room(id, None)],
        vec![message("m", &json!({"conversation_id": id.to_lowercase()}))],
    ]
    .concat();
    let Planned { outcomes, writes } = planned(&lines, Record::default());
    assert_eq!(outcomes, vec![Outcome::Written; 4]);
    assert_eq!(writes.messages[0].row.message.conversation_id, ConversationId::trusted(id.to_lowercase()));
    assert!(MessageId::parse(writes.messages[0].row.message.id.as_str()).is_some());
}
