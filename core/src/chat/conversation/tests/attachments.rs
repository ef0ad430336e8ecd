//! Tests of messages with files.

use super::super::{Actor, MessageChange, References, SendDecision};
use super::{World, at, draft, kind, membership, principal};
use crate::chat::command::Draft;
use crate::chat::flush::FlushedMessage;
use crate::chat::policy::Role;
use crate::chat::wire::{Message, MessageType};
use crate::files::{Attachment, FileStatus, url_of};
use crate::shared::ids::FileId;
use crate::shared::problem::{Kind, Problem};

const IDS: [&str; 2] = ["0190a7c0-0000-7000-8000-00000000000a", "0190a7c0-0000-7000-8000-00000000000b"];

fn file(id: &str, content_type: &str) -> Attachment {
    let id = FileId::trusted(id);
    Attachment {
        url: url_of(&id),
        id,
        name: "a".to_owned(),
        content_type: content_type.to_owned(),
        size: 1,
        sha256: String::new(),
        width: None,
        height: None,
        duration_ms: None,
        thumbhash: None,
        variants: Vec::new(),
        status: FileStatus::Ready,
        created_at: at(0),
    }
}

/// Sends a draft with these files of the sender.
fn send(draft: Draft, files: &[Attachment]) -> Result<Message, Problem> {
    let mut world = World::new();
    let (who, member) = (principal("7"), membership("7", Role::Member));
    let actor = Actor { principal: &who, membership: Some(&member), origin_client_id: None };
    let references = References { files: files.to_vec(), ..References::default() };
    match world.conversation.send(actor, draft, &references, None, at(1), [1; 10])? {
        SendDecision::Commit(entry) => {
            let text: serde_json::Value = serde_json::from_str(&entry.text).expect("JSON");
            Ok(serde_json::from_value(text["partial"].clone()).expect("a message"))
        }
        SendDecision::Repeat(_) => Err(Problem::internal("a repeat")),
    }
}

fn with(body: &str, ids: &[&str]) -> Draft {
    Draft { attachments: ids.iter().map(|id| (*id).to_owned()).collect(), ..draft("a", body) }
}

#[test]
fn the_type_follows_from_the_files_unless_the_sender_names_one() {
    let (picture, pdf) = (file(IDS[0], "image/png"), file(IDS[1], "application/pdf"));
    let both = [pdf, picture.clone()];
    let sent = send(with("", &IDS), &both).expect("sent");
    assert_eq!((sent.message_type, sent.body.as_deref()), (MessageType::File, Some("")));
    assert_eq!(sent.attachments.iter().map(|file| file.id.as_str()).collect::<Vec<_>>(), IDS, "in the draft's order");
    assert_eq!(send(with("x", &IDS[..1]), &both).map(|sent| sent.message_type), Ok(MessageType::Image));
    let named = Draft { message_type: MessageType::File, ..with("", &IDS[..1]) };
    assert_eq!(send(named, &[picture]).map(|sent| sent.message_type), Ok(MessageType::File));
}

#[test]
fn files_are_the_senders_own_and_few() {
    let mine = [file(IDS[0], "image/png")];
    let many: Vec<&str> = std::iter::repeat_n(IDS[0], 11).collect();
    for draft in [with("x", &IDS), with("x", &["x"]), with("x", &[IDS[0], IDS[0]]), with("x", &many), with(" ", &[])] {
        assert_eq!(kind(send(draft, &mine)), Kind::Invalid);
    }
}

#[test]
fn a_decided_file_changes_its_message_once() {
    let mut world = World::new();
    let (who, member) = (principal("7"), membership("7", Role::Member));
    let actor = Actor { principal: &who, membership: Some(&member), origin_client_id: Some("tab") };
    let waiting = |id| Attachment { status: FileStatus::Scanning, ..file(id, "image/png") };
    let references = References { files: IDS.map(waiting).to_vec(), ..References::default() };
    let sent = world.conversation.send(actor, with("x", &IDS), &references, None, at(1), [1; 10]);
    let Ok(SendDecision::Commit(entry)) = sent else { panic!("it is sent: {sent:?}") };
    let Some(MessageChange::Created { row }) = entry.message else { panic!("a message") };
    let decide = |row: &FlushedMessage, id, status| {
        world.conversation.file_decided(row.clone(), &FileId::trusted(id), status, at(9))
    };
    let entry = decide(&row, IDS[1], FileStatus::Refused).expect("it changes");
    let event: serde_json::Value = serde_json::from_str(&entry.text).expect("JSON");
    assert_eq!((&event["event"], &event["partial"]["version"]), (&"message.updated".into(), &1.into()));
    assert_eq!((&event["partial"]["edited_at"], event.get("origin_client_id")), (&serde_json::Value::Null, None));
    let statuses: Vec<_> = event["partial"]["attachments"].as_array().expect("a list").iter().collect();
    assert_eq!((&statuses[0]["status"], &statuses[1]["status"]), (&"scanning".into(), &"refused".into()));
    let Some(MessageChange::Changed { row: changed }) = entry.message else { panic!("a change") };
    assert!(decide(&changed, IDS[1], FileStatus::Ready).is_none(), "the first verdict stays");
    assert!(decide(&changed, "another", FileStatus::Ready).is_none());
    assert!(decide(&changed, IDS[0], FileStatus::Ready).is_some());
    let deleted = Message { deleted_at: Some(at(2)), attachments: Vec::new(), ..row.message.clone() };
    assert!(decide(&FlushedMessage { message: deleted, ..*row }, IDS[0], FileStatus::Ready).is_none());
}

#[test]
fn a_message_with_files_is_scheduled_with_its_authors_own() {
    let world = World::new();
    let (who, member) = (principal("7"), membership("7", Role::Member));
    let actor = Actor { principal: &who, membership: Some(&member), origin_client_id: None };
    let mine = || vec![file(IDS[0], "image/png")];
    let schedule = |draft| world.conversation.schedule(actor, draft, mine(), at(9));
    let draft = schedule(with("", &IDS[..1])).expect("it needs no text");
    assert_eq!(draft.attachments, [IDS[0]]);
    for bad in [with("x", &IDS), with("x", &["x"]), with("x", &[IDS[0], IDS[0]]), with("", &[])] {
        assert_eq!(kind(schedule(bad)), Kind::Invalid);
    }
}
