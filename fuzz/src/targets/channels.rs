//! Names of channels, ids, and invites as paths name them.

use super::text;
use campana_core::pusher::channel::{ChannelKind, ChannelName, MAX_CHANNEL_CHARS};
use campana_core::pusher::family::Family;
use campana_core::shared::ids::{ConversationId, MAX_EXTERNAL_ID_CHARS, RoomId, UserId};
use campana_core::shared::socket_id::SocketId;
use campana_http::fuzzing::{InviteName, invite_name};

pub(crate) fn channels(data: &[u8]) {
    let Some(text) = text(data) else { return };
    if let Some(channel) = ChannelName::parse(text) {
        is_consistent(&channel, text);
    }
    if let Some(user) = UserId::parse(text) {
        assert!((1..=MAX_EXTERNAL_ID_CHARS).contains(&user.as_str().chars().count()));
        assert!(!user.as_str().contains('/'), "names of objects are unique");
    }
    if let Some(id) = SocketId::parse(text) {
        assert!(id.as_str() == text && text.bytes().all(|byte| byte == b'.' || byte.is_ascii_digit()));
    }
    match invite_name(text) {
        Some(InviteName::Id(id)) => assert!(id.eq_ignore_ascii_case(text)),
        Some(InviteName::TokenHash(hash)) => assert!(hash.len() == 43 && hash != text),
        None => assert!(text.len() > 64),
    }
}

fn is_consistent(channel: &ChannelName, text: &str) {
    assert!(channel.as_str() == text && text.len() <= MAX_CHANNEL_CHARS && text.is_ascii());
    assert!(text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'/' && byte != b':'));
    assert!(text.ends_with(channel.stem()));
    assert!(!channel.takes_client_events() || channel.needs_signature());
    assert_eq!(
        channel.is_inner(),
        channel.kind() == ChannelKind::ServerToUser,
        "a client names no other inner channel"
    );
    match channel.family() {
        Family::Conversation(id) => assert_eq!(ConversationId::parse(id.as_str()), Some(id)),
        Family::Room(id) => assert_eq!(RoomId::parse(id.as_str()), Some(id)),
        Family::Person(id) => assert!(text.ends_with(id.as_str()) && UserId::parse(id.as_str()) == Some(id)),
        Family::Direct(pair) => {
            if let Some((one, other)) = pair.both() {
                assert!(one != other && pair.other(&one) == Some(other.clone()) && pair.other(&other) == Some(one));
            }
        }
        Family::General | Family::AlertDesk | Family::Other => {}
    }
    // What belongs to people needs a signature.
    let is_public = !channel.needs_signature() && channel.kind() != ChannelKind::ServerToUser;
    assert!(!is_public || matches!(channel.family(), Family::General | Family::Other), "{text}");
}
