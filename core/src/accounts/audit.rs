//! The audit log's entries: who did what to whom, and why.
//!
//! An entry is written in the same batch as the act it tells of. It never holds a token or what somebody wrote.

use crate::accounts::principal::Principal;
use crate::shared::ids::{AuditId, UserId};
use crate::shared::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Longest reason, characters.
pub const MAX_REASON_CHARS: usize = 500;

macro_rules! acts {
    ($($(#[$doc:meta])* $name:ident = $text:literal on $target:ident;)+) => {
        /// An act that is audited.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum Act {
            $($(#[$doc])* #[serde(rename = $text)] $name,)+
        }

        impl Act {
            /// Every act.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The name in JSON and SQL.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }

            /// What kind of thing it is done to.
            pub const fn target(self) -> Target {
                match self { $(Self::$name => Target::$target,)+ }
            }

            /// Reads [`Act::as_str`].
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|act| act.as_str() == text)
            }
        }
    };
}

acts! {
    /// A room was made.
    RoomCreated = "room.created" on Room;
    /// A room's name, description or visibility changed.
    RoomUpdated = "room.updated" on Room;
    /// A room was deleted.
    RoomDeleted = "room.deleted" on Room;
    /// Somebody was made a member.
    MemberAdded = "member.added" on User;
    /// A membership was taken away.
    MemberRemoved = "member.removed" on User;
    /// A member has another role.
    MemberRoleChanged = "member.role_changed" on User;
    /// A member may not write.
    MemberMuted = "member.muted" on User;
    /// A muted member may write again.
    MemberUnmuted = "member.unmuted" on User;
    /// Somebody may not come in.
    MemberBanned = "member.banned" on User;
    /// Somebody who was banned may come in again.
    MemberUnbanned = "member.unbanned" on User;
    /// An invite was made.
    InviteCreated = "invite.created" on Invite;
    /// An invite was taken back.
    InviteRevoked = "invite.revoked" on Invite;
    /// A moderator deleted somebody else's message.
    MessageDeleted = "message.deleted" on Message;
    /// The app's settings changed.
    SettingsUpdated = "settings.updated" on App;
    /// Somebody is no guard any more.
    GuardWithdrawn = "guard.withdrawn" on User;
    /// An address is to be told of alerts.
    AlertWebhookAdded = "alert_webhook.added" on Webhook;
    /// It is told no longer.
    AlertWebhookRemoved = "alert_webhook.removed" on Webhook;
    /// Another secret signs.
    AlertWebhookRotated = "alert_webhook.secret_rotated" on Webhook;
    /// It is told again after it was disabled.
    AlertWebhookEnabled = "alert_webhook.enabled" on Webhook;
}

/// What kind of thing an act was done to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// A room, by its id.
    Room,
    /// A person, by their id.
    User,
    /// An invite, by its id.
    Invite,
    /// A message, by its id.
    Message,
    /// The app, by its id.
    App,
    /// An address that is told of alerts, by its id.
    Webhook,
}

impl Target {
    /// The name in JSON and SQL.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Room => "room",
            Self::User => "user",
            Self::Invite => "invite",
            Self::Message => "message",
            Self::App => "app",
            Self::Webhook => "webhook",
        }
    }
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Audit {
    /// `UUIDv7`: ids are in the order of time.
    pub id: AuditId,
    /// Who did it.
    pub actor_id: UserId,
    /// What.
    pub action: Act,
    /// To which thing, by its id.
    pub target_id: String,
    /// Why, in the actor's words.
    pub reason: Option<String>,
    /// What changed, compact.
    pub metadata: Map<String, Value>,
    /// When.
    pub created_at: Timestamp,
}

impl Audit {
    /// An entry without a reason. `about` is a JSON object; what is null in it is left out. `random` becomes part of the
    /// id.
    pub fn new(
        actor: &Principal,
        action: Act,
        target_id: &str,
        about: Value,
        now: Timestamp,
        random: [u8; 10],
    ) -> Self {
        let metadata = match about {
            Value::Object(map) => map.into_iter().filter(|(_, value)| !value.is_null()).collect(),
            _ => Map::new(),
        };
        Self {
            id: AuditId::new(now, random),
            actor_id: actor.user_id.clone(),
            action,
            target_id: target_id.to_owned(),
            reason: None,
            metadata,
            created_at: now,
        }
    }

    /// The same with a reason, if one is given.
    #[must_use]
    pub fn because(self, reason: &str) -> Self {
        Self { reason: Some(reason.to_owned()).filter(|reason| !reason.is_empty()), ..self }
    }
}
