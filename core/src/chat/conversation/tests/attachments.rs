//! Tests of messages with files.

use super::super::{Actor, References, SendDecision};
use super::{World, at, draft, kind, membership, principal};
use crate::chat::command::Draft;
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
