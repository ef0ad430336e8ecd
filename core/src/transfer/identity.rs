//! Ids of other systems as ids of Campana.

use crate::shared::ids::{ConversationId, MAX_EXTERNAL_ID_CHARS, MessageId, RoomId, TenantId};
use serde_json::{Map, Value};
use uuid::Uuid;

/// Key in `metadata` of the id that a message or a conversation had in the system it comes from.
pub const IMPORTED_ID: &str = "imported_id";
/// Namespace of the `UUIDv5` ids: another one would give another id to what was imported before.
const NAMESPACE: Uuid = Uuid::from_u128(0x6f3a_1d52_7c08_5b6e_9a41_0f2c_c7d8_93e4);

/// Makes ids from those of a dump. The tenant is part of them, because ids are unique across tenants.
#[derive(Debug, Clone, Copy)]
pub struct Identities<'a> {
    /// The tenant of the dump.
    pub tenant: &'a TenantId,
}

impl Identities<'_> {
    /// The id of a conversation that a dump names, and the old id if it is no UUID.
    pub fn conversation(self, text: &str) -> Result<(ConversationId, Option<String>), String> {
        let (id, old) = self.id("conversation", text)?;
        Ok((ConversationId::trusted(id), old))
    }

    /// The id of the conversation of a room that a dump names without its conversation.
    pub fn conversation_of_room(self, room: &str) -> Result<ConversationId, String> {
        check(room)?;
        // One spelling of a UUID, since a line may have another than the line of the room.
        let spelled = Uuid::try_parse(room).map_or_else(|_| room.to_owned(), |id| id.hyphenated().to_string());
        Ok(ConversationId::trusted(self.derived("room-conversation", &spelled)))
    }

    /// The id of a room, and the old id if it is no UUID.
    pub fn room(self, text: &str) -> Result<(RoomId, Option<String>), String> {
        let (id, old) = self.id("room", text)?;
        Ok((RoomId::trusted(id), old))
    }

    /// The id of a message, and the old id if it is no UUID.
    pub fn message(self, text: &str) -> Result<(MessageId, Option<String>), String> {
        let (id, old) = self.id("message", text)?;
        Ok((MessageId::trusted(id), old))
    }

    fn id(self, kind: &str, text: &str) -> Result<(String, Option<String>), String> {
        check(text)?;
        match Uuid::try_parse(text) {
            Ok(id) => Ok((id.hyphenated().to_string(), None)),
            Err(_) => Ok((self.derived(kind, text), Some(text.to_owned()))),
        }
    }

    fn derived(self, kind: &str, text: &str) -> String {
        // A tenant's id has no `/`, so no two names are the same.
        let name = format!("{}/{kind}/{text}", self.tenant);
        Uuid::new_v5(&NAMESPACE, name.as_bytes()).hyphenated().to_string()
    }
}

fn check(text: &str) -> Result<(), String> {
    let is_good =
        !text.is_empty() && text.chars().count() <= MAX_EXTERNAL_ID_CHARS && !text.chars().any(char::is_control);
    if is_good {
        Ok(())
    } else {
        Err(format!("an id has 1 to {MAX_EXTERNAL_ID_CHARS} characters, no control characters"))
    }
}

/// Metadata with the old id, if there is one.
pub(super) fn with_old_id(metadata: Option<Map<String, Value>>, old: Option<String>) -> Option<Map<String, Value>> {
    let Some(old) = old else { return metadata };
    let mut metadata = metadata.unwrap_or_default();
    metadata.insert(IMPORTED_ID.to_owned(), Value::String(old));
    Some(metadata)
}
