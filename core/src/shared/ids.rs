//! Identifiers. Campana's own ids are `UUIDv7` texts; the application chooses ids of users and tenants.

use crate::shared::timestamp::Timestamp;
use uuid::{Builder, Uuid};

/// Longest user or tenant id, in characters (the Pusher protocol's limit for user ids).
pub const MAX_EXTERNAL_ID_CHARS: usize = 128;

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Wraps a text that is known to be valid: from storage, or just created.
            pub fn trusted(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    };
}

pub(crate) use text_id;

macro_rules! own_id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        text_id!($(#[$doc])* $name);

        impl $name {
            /// Parses an id from outside; `None` unless it is a UUID.
            pub fn parse(text: &str) -> Option<Self> {
                Uuid::try_parse(text).ok().map(|id| Self(id.hyphenated().to_string()))
            }

            /// A new `UUIDv7` from the time and 10 random bytes.
            pub fn new(now: Timestamp, random: [u8; 10]) -> Self {
                Self(uuid_v7(now, random))
            }

            /// The time in the id's first 48 bits.
            pub fn created_at(&self) -> Option<Timestamp> {
                let uuid = Uuid::try_parse(&self.0).ok()?;
                let bytes = uuid.as_bytes();
                let millis = bytes[..6].iter().fold(0_i64, |sum, byte| (sum << 8) | i64::from(*byte));
                Some(Timestamp::from_millis(millis))
            }
        }
    )+};
}

macro_rules! external_id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        text_id!($(#[$doc])* $name);

        impl $name {
            /// Parses an id that the application chose: 1 to 128 characters, no control characters, no `/`.
            pub fn parse(text: &str) -> Option<Self> {
                is_external_id(text).then(|| Self(text.to_owned()))
            }
        }
    )+};
}

own_id!(
    /// A room.
    RoomId,
    /// A conversation: a room's, a direct one or a group's.
    ConversationId,
    /// A message.
    MessageId,
    /// An invite to a room.
    InviteId,
    /// An entry of the audit log.
    AuditId,
    /// A report of a message.
    ReportId,
    /// A notification, within those of its person.
    NotificationId,
    /// A file that somebody uploaded.
    FileId,
    /// A scheduled message.
    ScheduledId,
    /// An alert webhook.
    WebhookId,
);
external_id!(
    /// The tenant (one per app): everything belongs to exactly one.
    TenantId,
    /// A person, as the application names them (`sub` of the token).
    UserId,
);

fn is_external_id(text: &str) -> bool {
    !text.is_empty()
        && text.chars().count() <= MAX_EXTERNAL_ID_CHARS
        && !text.chars().any(|c| c.is_control() || c == '/')
}

pub(crate) fn uuid_v7(now: Timestamp, random: [u8; 10]) -> String {
    let millis = u64::try_from(now.millis()).unwrap_or(0);
    Builder::from_unix_timestamp_millis(millis, &random).into_uuid().hyphenated().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_id_is_a_version_7_uuid_with_its_time() {
        let now = Timestamp::from_millis(1_700_000_000_123);
        let id = MessageId::new(now, [7; 10]);
        assert_eq!(Uuid::try_parse(id.as_str()).map(|u| u.get_version_num()), Ok(7));
        assert_eq!(id.created_at(), Some(now));
    }

    #[test]
    fn ids_sort_by_time() {
        let early = MessageId::new(Timestamp::from_millis(1_000), [255; 10]);
        let late = MessageId::new(Timestamp::from_millis(1_001), [0; 10]);
        assert!(early < late);
    }

    #[test]
    fn external_ids_are_bounded_and_printable() {
        assert!(UserId::parse("7").is_some());
        assert!(UserId::parse("josé@example.org").is_some());
        for bad in ["", "a\u{0}b", "a/b", &"x".repeat(129)] {
            assert_eq!(UserId::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn own_ids_are_uuids_and_are_parsed_in_any_spelling() {
        assert_eq!(RoomId::parse("not-a-uuid"), None);
        let id = RoomId::parse("0190A7C0-0000-7000-8000-000000000001");
        assert_eq!(id.map(|i| i.to_string()).as_deref(), Some("0190a7c0-0000-7000-8000-000000000001"));
    }
}
