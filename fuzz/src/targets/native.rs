//! Frames of native sockets: of conversations, and of dashboards of alerts.

use super::{levels, text};
use campana_core::alerts::wire::DeskFrame;
use campana_core::chat::wire::ClientFrame;
use campana_core::shared::json::{check_free, read_input};
use campana_core::shared::limits::{MAX_FREE_JSON_DEPTH, MAX_METADATA_BYTES};
use serde_json::{Value, json};

/// Most levels that the parser reads.
const MAX_LEVELS: usize = 128;
/// Longest detail of a problem, which may quote names of fields but no values, characters.
const MAX_DETAIL_CHARS: usize = 400;

pub(crate) fn frames(data: &[u8]) {
    let Some(text) = text(data) else { return };
    match ClientFrame::parse(text) {
        Ok(frame) => {
            let written = written(&frame).to_string();
            assert_eq!(ClientFrame::parse(&written), Ok(frame.clone()), "{written}");
            if let ClientFrame::Send { metadata: Some(metadata), .. } = frame {
                let value = Value::Object(metadata.clone());
                assert!(levels(&value) < MAX_LEVELS, "too many levels");
                if check_free("metadata", &metadata).is_ok() {
                    assert!(levels(&value) <= MAX_FREE_JSON_DEPTH && value.to_string().len() <= MAX_METADATA_BYTES);
                }
            }
        }
        Err((problem, id)) => {
            let frame = problem.to_frame(id.as_deref());
            assert_eq!(frame["client_msg_id"].as_str(), id.as_deref(), "the send that is refused is named");
            assert!((400..500).contains(&problem.kind.status()), "{problem:?}");
            assert!(problem.detail.chars().count() <= MAX_DETAIL_CHARS, "{}", problem.detail);
        }
    }
    if let Ok(frame) = read_input::<DeskFrame>(text) {
        let written = match &frame {
            DeskFrame::Receipt { ids, state } => json!({"type": "receipt", "ids": ids, "state": state}),
            DeskFrame::Resume { epoch, seq } => json!({"type": "resume", "epoch": epoch, "seq": seq}),
            DeskFrame::Pong {} => json!({"type": "pong"}),
        };
        let again = read_input::<DeskFrame>(&written.to_string()).expect("a frame that was written is read");
        assert_eq!(format!("{again:?}"), format!("{frame:?}"));
    }
}

fn written(frame: &ClientFrame) -> Value {
    match frame {
        ClientFrame::Send {
            client_msg_id,
            body,
            message_type,
            attachments,
            parent_id,
            also_in_channel,
            quote_id,
            metadata,
        } => {
            json!({
                "type": "send", "client_msg_id": client_msg_id, "body": body, "message_type": message_type,
                "attachments": attachments, "parent_id": parent_id, "also_in_channel": also_in_channel,
                "quote_id": quote_id, "metadata": metadata,
            })
        }
        ClientFrame::Edit { id, body, version } => {
            json!({"type": "edit", "id": id, "body": body, "version": version})
        }
        ClientFrame::React { id, emoji } => json!({"type": "react", "id": id, "emoji": emoji}),
        ClientFrame::Unreact { id, emoji } => json!({"type": "unreact", "id": id, "emoji": emoji}),
        ClientFrame::Pin { id } => json!({"type": "pin", "id": id}),
        ClientFrame::Unpin { id } => json!({"type": "unpin", "id": id}),
        ClientFrame::Delete { id } => json!({"type": "delete", "id": id}),
        ClientFrame::Typing { on } => json!({"type": "typing", "on": on}),
        ClientFrame::Read { seq } => json!({"type": "read", "seq": seq}),
        ClientFrame::Resume { epoch, seq } => json!({"type": "resume", "epoch": epoch, "seq": seq}),
        ClientFrame::Pong {} => json!({"type": "pong"}),
    }
}
