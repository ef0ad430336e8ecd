//! Imports and exports.

use super::world::{NOW, World, user};
use crate::{Direct, ExportPlace, Exported, NewDirect, StorageError};
use campana_core::shared::ids::{ConversationId, TenantId};
use campana_core::transfer::{Line, Outcome, Planned, Writes, plan, read_line, references};
use serde_json::{Value, json};

const AT: &str = "2026-01-31T09:05:00.120Z";

async fn planned(world: &World, tenant: &TenantId, lines: &[Value]) -> Planned {
    let read: Vec<_> = lines.iter().map(|line| read_line(&line.to_string())).collect();
    let record = world.store.known_to_import(tenant, &references(tenant, &read)).await.expect("the record is read");
    plan((tenant, "one", &[]), read, record, NOW)
}

async fn import(world: &World, lines: &[Value]) -> Vec<Outcome> {
    let Planned { outcomes, writes } = planned(world, &world.tenant, lines).await;
    write(world, &writes).await.expect("the batch is written");
    outcomes
}

async fn write(world: &World, writes: &Writes) -> Result<(), StorageError> {
    world.store.import((&world.tenant, "one"), writes, NOW).await
}

async fn open(world: &World) -> u32 {
    let opened = world.store.open_imported(&world.tenant, "one").await.expect("the conversations are opened");
    assert!(!opened.has_more);
    opened.conversations
}

fn dump() -> Vec<Value> {
    let message = |id: &str, sender: &str, more: Value| {
        let mut line = json!({
            "kind": "message", "id": id, "conversation_id": "c", "sender_id": sender, "body": id, "created_at": AT,
        });
        line.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        line
    };
    vec![
        json!({"kind": "user", "id": "ana", "name": "Another Ana"}),
        json!({"kind": "conversation", "id": "c", "type": "group", "created_by": "ana", "created_at": AT, "last_seq": 20}),
        json!({"kind": "member", "conversation_id": "c", "user_id": "ana", "role": "owner"}),
        json!({"kind": "member", "conversation_id": "c", "user_id": "bo", "last_read_seq": 1, "favorite": true}),
        message("m1", "ana", json!({"pinned_at": AT, "pinned_by": "ana"})),
        message("m2", "bo", json!({"parent_id": "m1"})),
        message(
            "m3",
            "bo",
            json!({
                "versions": [{"version": 1, "body": "before", "written_at": AT}],
                "mentions": [{"type": "user", "user_id": "ana"}],
            }),
        ),
        message("m4", "ana", json!({"deleted_at": AT})),
        json!({"kind": "reaction", "conversation_id": "c", "message_id": "m1", "user_id": "bo", "emoji": "👍", "created_at": AT}),
        json!({"kind": "reaction", "conversation_id": "c", "message_id": "m1", "user_id": "ana", "emoji": "👍", "created_at": AT}),
    ]
}

/// The group of the dump.
async fn group(world: &World) -> ConversationId {
    let writes = planned(world, &world.tenant, &dump()).await.writes;
    writes.conversations.first().map(|new| new.id.clone()).expect("a new conversation")
}

async fn exported(world: &World, tenant: &TenantId, what: Exported<'_>, limit: u32) -> Vec<Line> {
    let (mut lines, mut place) = (Vec::new(), Some(ExportPlace::start()));
    while let Some(after) = place {
        let page = world.store.export(tenant, what, &after, limit).await.expect("the page is read");
        lines.extend(page.lines);
        place = page.next;
    }
    lines
}

pub(super) async fn an_imported_conversation_is_there_once_it_is_opened(world: World) {
    let id = group(&world).await;
    let outcomes = import(&world, &dump()).await;
    let expected = [vec![Outcome::Unchanged], vec![Outcome::Written; 9]].concat();
    assert_eq!(outcomes, expected);
    assert_eq!(world.store.facts(&world.tenant, &id).await.expect("the query runs"), None);
    assert_eq!((open(&world).await, open(&world).await), (1, 0));
    let facts = world.store.facts(&world.tenant, &id).await.expect("the query runs").expect("the conversation");
    assert_eq!((facts.last_seq, facts.message_count, facts.uncounted_count), (20, 4, 1));
    let shown = world.store.conversation(&world.tenant, &id, &user("bo")).await.expect("the query runs");
    let shown = shown.expect("the conversation");
    assert_eq!((shown.member_count, shown.unread_count), (2, 1));
    let ana = world.store.conversation(&world.tenant, &id, &user("ana")).await.expect("the query runs");
    assert_eq!(ana.map(|ana| ana.unread_count), Some(0));
    let again = planned(&world, &world.tenant, &dump()).await;
    assert_eq!((again.outcomes, again.writes), (vec![Outcome::Unchanged; 10], Writes::default()));
}

pub(super) async fn a_batch_that_another_has_overtaken_writes_nothing(world: World) {
    let lines = dump();
    import(&world, &lines[..4]).await;
    let slow = planned(&world, &world.tenant, &lines).await.writes;
    import(&world, &lines[..5]).await;
    assert_eq!(write(&world, &slow).await, Err(StorageError::Constraint));
    // The conversation is opened between the plan and the write.
    let late = planned(&world, &world.tenant, &lines).await.writes;
    open(&world).await;
    assert_eq!(write(&world, &late).await, Err(StorageError::Constraint));
    let messages = |lines: Vec<Line>| lines.iter().filter(|line| matches!(line, Line::Message(_))).count();
    assert_eq!(messages(exported(&world, &world.tenant, Exported::All, 100).await), 1);
}

pub(super) async fn a_pair_whose_conversation_is_being_imported_begins_no_other(world: World) {
    let room = json!({"kind": "chat_room", "id": "d", "participant_a": "ana", "participant_b": "bo", "created_at": AT});
    assert_eq!(import(&world, &[room]).await, [Outcome::Written]);
    let (id, me, other) = (world.conversation_id(1), user("ana"), user("bo"));
    let new = NewDirect { id: &id, tenant: &world.tenant, me: &me, other: &other, per_hour: Some(1), now: NOW };
    let begun = world.store.first_or_create_dm(&new).await;
    assert!(matches!(begun, Err(StorageError::Unavailable(_))), "{begun:?}");
    open(&world).await;
    let begun = world.store.first_or_create_dm(&new).await.expect("the query runs");
    assert!(matches!(begun, Direct::Found(found) if found.id != id));
}

pub(super) async fn what_is_imported_is_exported_page_by_page(world: World) {
    let id = group(&world).await;
    import(&world, &dump()).await;
    open(&world).await;
    let whole = exported(&world, &world.tenant, Exported::All, 100).await;
    // Three users of the world, a conversation, two members, four messages and two reactions.
    assert_eq!(whole.len(), 12, "{whole:#?}");
    for limit in 1..=4 {
        assert_eq!(exported(&world, &world.tenant, Exported::All, limit).await, whole);
        let alone = exported(&world, &world.tenant, Exported::Conversation(&id), limit).await;
        assert_eq!(alone.len(), 11, "without the user who is not in it");
        let own = exported(&world, &world.tenant, Exported::User(&user("bo")), limit).await;
        assert_eq!(own.len(), 6, "{own:#?}");
    }
    let texts =
        |lines: &[Line]| lines.iter().map(|line| serde_json::to_string(line).expect("JSON")).collect::<String>();
    assert!(texts(&whole).contains(r#""versions":[{"version":1,"body":"before""#));
    assert!(!texts(&whole).contains("Another Ana"), "the app knows her");
}

pub(super) async fn ids_of_another_tenant_are_taken_and_its_lines_are_not_exported(world: World) {
    let id = group(&world).await;
    import(&world, &dump()).await;
    open(&world).await;
    let taken = json!({
        "kind": "conversation", "id": id, "type": "group", "created_by": "ana", "created_at": AT,
    });
    let outcomes = planned(&world, &world.stranger, &[taken]).await.outcomes;
    assert!(matches!(&outcomes[..], [Outcome::Refused(_)]), "{outcomes:?}");
    let theirs = exported(&world, &world.stranger, Exported::All, 100).await;
    assert!(theirs.iter().all(|line| matches!(line, Line::User(_))), "{theirs:#?}");
    let conversation = exported(&world, &world.stranger, Exported::Conversation(&id), 100).await;
    assert!(conversation.is_empty(), "{conversation:#?}");
}
