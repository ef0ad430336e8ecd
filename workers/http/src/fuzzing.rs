//! What fuzz targets call: parsers and checks of outside input that are private to this crate.

pub use crate::api::invite_name;
use crate::identity::fuzzing::{Algorithm, Key, Unverified, last_event};
use crate::request;
use campana_core::accounts::auth::AuthSettings;
use campana_core::accounts::principal::Principal;
use campana_core::shared::timestamp::Timestamp;
use serde_json::Value;

/// The user of a token that is signed with this secret (HS256) and valid now.
pub fn verify_token(token: &str, secret: &str, now: Timestamp) -> Option<Principal> {
    let key = Key::Secrets(vec![(1, secret.as_bytes().to_vec())]);
    Unverified::read(token).ok()?.verify(&key, &AuthSettings::default(), now).ok()
}

/// Whether a set of keys has one for a token with this algorithm and key id.
pub fn has_key(set: &Value, algorithm: &str, key_id: Option<&str>) -> bool {
    Algorithm::parse(algorithm).is_some_and(|algorithm| Key::in_set(set, algorithm, key_id).is_some())
}

/// Epoch and position of a `Last-Event-ID`.
pub fn event_id(text: &str) -> Option<(Option<String>, i64)> {
    last_event(text).map(|position| (position.epoch, position.seq))
}

/// How a path names an invite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InviteName {
    /// By its id.
    Id(String),
    /// By the hash of its token.
    TokenHash(String),
}

/// Cursors of a list.
#[derive(Debug, Clone, Copy)]
pub struct Cursor(request::Cursor);

impl Cursor {
    /// Some lists.
    pub fn lists() -> [Self; 4] {
        [request::Cursor::ROOMS, request::Cursor::MEMBERS, request::Cursor::ALERTS, request::Cursor::MY_ALERTS]
            .map(Self)
    }

    /// The cursor of a position.
    pub fn write(self, place: &[&str]) -> String {
        self.0.write(place)
    }

    /// The position in a cursor.
    pub fn read<const N: usize>(self, cursor: &str) -> Option<[String; N]> {
        self.0.read(cursor).ok()
    }
}
