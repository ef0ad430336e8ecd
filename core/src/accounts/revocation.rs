//! Revocations: identities that were issued before a time are invalid, for an app, for a generation of its secret, or
//! for a user.
//!
//! The record has one revocation for each subject. Functions compare every identity with it; the app's quota registry
//! passes it on to the objects that hold connections, which close those that it ends.

use crate::accounts::principal::Principal;
use crate::shared::ids::UserId;
use crate::shared::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

/// Assumed difference between the clocks of those that write revocations, milliseconds.
const CLOCKS_DIFFER_MS: i64 = 3_600_000;

/// What signed an identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SigningKey {
    /// Not recorded: the identity was verified by a release that did not tell the keys apart.
    #[default]
    Unknown,
    /// The app's secret of this generation.
    Secret(u32),
    /// A key of the app's JWKS.
    KeySet,
}

impl SigningKey {
    /// Whether the key was not recorded.
    pub const fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }
}

/// Whose identities a revocation ends.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "subject", rename_all = "snake_case")]
pub enum Subject {
    /// Everybody of the app: it was disabled.
    App,
    /// Those signed with the app's secret of this generation or an earlier one, which is no longer valid.
    Key(u32),
    /// A user, who was signed out everywhere.
    User(UserId),
}

impl Subject {
    /// The name of the kind in SQL.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Key(_) => "key",
            Self::User(_) => "user",
        }
    }

    /// The subject within its kind in SQL; empty for an app.
    pub fn name(&self) -> String {
        match self {
            Self::App => String::new(),
            Self::Key(generation) => generation.to_string(),
            Self::User(user) => user.as_str().to_owned(),
        }
    }

    /// Reads [`Self::kind`] and [`Self::name`].
    pub fn parse(kind: &str, name: &str) -> Option<Self> {
        match kind {
            "app" => Some(Self::App),
            "key" => name.parse().ok().map(Self::Key),
            "user" => Some(Self::User(UserId::trusted(name))),
            _ => None,
        }
    }
}

/// A revocation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revocation {
    /// Whose identities it ends.
    #[serde(flatten)]
    pub subject: Subject,
    /// Identities issued up to then are invalid.
    pub before: Timestamp,
    /// Number within the app: increases with every revocation.
    pub version: i64,
    /// From when on it applies. Later than its creation only if a previous secret stays valid until then.
    pub effective_at: Timestamp,
}

/// What is compared with a revocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity<'a> {
    /// The user, if known.
    pub user: Option<&'a UserId>,
    /// What signed the identity.
    pub key: SigningKey,
    /// When it was issued. An unknown time counts as earlier than any revocation.
    pub issued_at: Option<Timestamp>,
}

impl<'a> From<&'a Principal> for Identity<'a> {
    fn from(principal: &'a Principal) -> Self {
        let issued_at = principal.issued_at_ms.map(Timestamp::from_millis);
        Self { user: Some(&principal.user_id), key: principal.signed_with, issued_at }
    }
}

impl Revocation {
    /// Detail of the problem for a client whose identity was revoked.
    pub const DETAIL: &'static str = "this identity was revoked after it was issued: come back with a new token";

    /// Whether it ends an identity. Does not look at [`Self::effective_at`].
    ///
    /// A secret that is no longer valid ends every identity that it signed. The time of issue is not compared: the
    /// secret's holder can write any time into a token.
    pub fn ends(&self, identity: Identity<'_>) -> bool {
        let is_older = identity.issued_at.is_none_or(|issued_at| issued_at <= self.before);
        match &self.subject {
            Subject::App => is_older,
            Subject::Key(ended) => match identity.key {
                SigningKey::Unknown => is_older,
                SigningKey::Secret(generation) => generation <= *ended,
                SigningKey::KeySet => false,
            },
            Subject::User(user) => identity.user == Some(user) && is_older,
        }
    }
}

/// An app's newest revocations, newest first, as read from the record.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NewestRevocations {
    revocations: Vec<Revocation>,
    is_complete: bool,
}

impl NewestRevocations {
    /// Most revocations that are read with an app.
    pub const MAX: usize = 100;

    /// The newest revocations. Fewer than [`Self::MAX`] are all that there are.
    pub fn new(revocations: Vec<Revocation>) -> Self {
        let is_complete = revocations.len() < Self::MAX;
        Self { revocations, is_complete }
    }

    /// All of them, also those that apply later.
    pub fn all(&self) -> impl Iterator<Item = &Revocation> {
        self.revocations.iter()
    }

    /// Those that apply at a time.
    pub fn effective(&self, now: Timestamp) -> impl Iterator<Item = &Revocation> {
        self.revocations.iter().filter(move |revocation| revocation.effective_at <= now)
    }

    /// Whether one of them ends an identity.
    pub fn ends(&self, identity: Identity<'_>, now: Timestamp) -> bool {
        self.effective(now).any(|revocation| revocation.ends(identity))
    }

    /// Version of the newest one, 0 if there is none.
    pub fn newest_version(&self) -> i64 {
        self.revocations.first().map_or(0, |newest| newest.version)
    }

    /// Whether it has every revocation newer than a version.
    pub fn covers(&self, version: i64) -> bool {
        self.is_complete || self.revocations.last().is_some_and(|oldest| oldest.version <= version.saturating_add(1))
    }

    /// Whether it has every revocation that can end an identity issued then. One that is not here was made before
    /// those that are, so it ends only older identities; the clocks of those that made them may differ a little.
    pub fn covers_since(&self, issued_at: Option<Timestamp>) -> bool {
        let oldest = self.revocations.last().map(|oldest| oldest.before.plus_millis(CLOCKS_DIFFER_MS));
        self.is_complete || issued_at.zip(oldest).is_some_and(|(issued_at, oldest)| oldest < issued_at)
    }
}

#[cfg(test)]
mod tests;
