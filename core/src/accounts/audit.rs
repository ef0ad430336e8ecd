//! Entries of the audit log: actor, action, target and reason.
//!
//! An entry is written in the same batch as the act that it records. It never holds a token or a message's text.

use crate::accounts::principal::Principal;
use crate::named;
use crate::shared::ids::{AuditId, UserId};
use crate::shared::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Actor of acts of an app's backend, whose calls are signed with the app's secret.
pub const BACKEND: &str = "campana-backend";
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

            /// Kind of the target.
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
    /// A room was created.
    RoomCreated = "room.created" on Room;
    /// A room's name, description or visibility changed.
    RoomUpdated = "room.updated" on Room;
    /// A room was deleted.
    RoomDeleted = "room.deleted" on Room;
    /// A user was added as a member.
    MemberAdded = "member.added" on User;
    /// A member was removed.
    MemberRemoved = "member.removed" on User;
    /// A member's role changed.
    MemberRoleChanged = "member.role_changed" on User;
    /// A member was muted.
    MemberMuted = "member.muted" on User;
    /// A mute was lifted.
    MemberUnmuted = "member.unmuted" on User;
    /// A user was banned.
    MemberBanned = "member.banned" on User;
    /// A ban was lifted.
    MemberUnbanned = "member.unbanned" on User;
    /// An invite was created.
    InviteCreated = "invite.created" on Invite;
    /// An invite was revoked.
    InviteRevoked = "invite.revoked" on Invite;
    /// A moderator deleted another user's message.
    MessageDeleted = "message.deleted" on Message;
    /// A moderator or an administrator resolved a report of a message.
    ReportResolved = "report.resolved" on Report;
    /// An administrator had the index for search rebuilt.
    SearchRebuilt = "search.rebuilt" on App;
    /// The app's settings changed.
    SettingsUpdated = "settings.updated" on App;
    /// A user was signed out everywhere, by an administrator or by themselves.
    UserSignedOut = "user.signed_out" on User;
    /// An administrator had a user erased.
    UserErased = "user.erased" on User;
    /// A user exported what is their own.
    UserExported = "user.exported" on User;
    /// The app's backend began an import of a dump, or repeated one that was opened.
    ImportBegun = "import.begun" on Import;
    /// The app's backend opened the conversations of an import.
    ImportOpened = "import.opened" on Import;
    /// The app's backend exported everything of the app, a conversation or what is a user's own.
    ExportBegun = "export.begun" on App;
    /// A user is no longer a guard.
    GuardWithdrawn = "guard.withdrawn" on User;
    /// An administrator closed a connection.
    ConnectionClosed = "connection.closed" on Connection;
    /// An administrator sent an event to a channel.
    ChannelEventSent = "channel.event_sent" on Channel;
    /// An administrator started a trace of a channel's events for a user.
    TraceStarted = "trace.started" on User;
    /// An alert webhook was added.
    AlertWebhookAdded = "alert_webhook.added" on Webhook;
    /// An alert webhook was removed.
    AlertWebhookRemoved = "alert_webhook.removed" on Webhook;
    /// The signing secret of an alert webhook was rotated.
    AlertWebhookRotated = "alert_webhook.secret_rotated" on Webhook;
    /// A disabled alert webhook was enabled again.
    AlertWebhookEnabled = "alert_webhook.enabled" on Webhook;
    /// An administrator disabled an alert webhook.
    AlertWebhookDisabled = "alert_webhook.disabled" on Webhook;
    /// An administrator enabled a webhook of the app again.
    WebhookEnabled = "webhook.enabled" on Webhook;
    /// An administrator disabled a webhook of the app.
    WebhookDisabled = "webhook.disabled" on Webhook;
    /// An administrator queued a delivery to a webhook again.
    WebhookDeliveryReplayed = "webhook.delivery_replayed" on Webhook;
    /// An operator created the app.
    AppCreated = "app.created" on App;
    /// An operator or an administrator gave the app a new secret.
    AppSecretRotated = "app.secret_rotated" on App;
    /// An operator invalidated the previous secret.
    AppRotationEnded = "app.rotation_ended" on App;
    /// An operator encrypted the app's secrets, or encrypted them again with another key.
    AppSecretsEncrypted = "app.secrets_encrypted" on App;
    /// An operator enabled the app.
    AppEnabled = "app.enabled" on App;
    /// An operator disabled the app.
    AppDisabled = "app.disabled" on App;
    /// An operator set the origins of pages that may call.
    AppOriginsUpdated = "app.origins_updated" on App;
    /// An operator set the keys that verify RS256 and ES256 tokens.
    AppJwksUpdated = "app.jwks_updated" on App;
    /// An operator added a webhook of the app.
    AppWebhookAdded = "app.webhook_added" on App;
    /// An operator removed a webhook of the app.
    AppWebhookRemoved = "app.webhook_removed" on App;
}

named! {
    /// Kind of the target of an act; `target_id` is the target's id.
    pub enum Target {
        /// A room.
        Room = "room",
        /// A user.
        User = "user",
        /// An invite.
        Invite = "invite",
        /// A message.
        Message = "message",
        /// A report of a message.
        Report = "report",
        /// The app.
        App = "app",
        /// An import: its name.
        Import = "import",
        /// A webhook.
        Webhook = "webhook",
        /// A connection: its key.
        Connection = "connection",
        /// A channel: its name.
        Channel = "channel",
    }
}

/// An entry of the audit log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Audit {
    /// `UUIDv7`: ids sort by time.
    pub id: AuditId,
    /// The user who acted.
    pub actor_id: UserId,
    /// The act.
    pub action: Act,
    /// Id of the target.
    pub target_id: String,
    /// The reason, in the actor's words.
    pub reason: Option<String>,
    /// Details of the change.
    pub metadata: Map<String, Value>,
    /// Time of the act.
    pub created_at: Timestamp,
}

impl Audit {
    /// An entry without a reason. `about` becomes the metadata: a JSON object whose null fields are omitted. `random`
    /// becomes part of the id.
    pub fn new(
        actor: &Principal,
        action: Act,
        target_id: &str,
        about: Value,
        now: Timestamp,
        random: [u8; 10],
    ) -> Self {
        Self::of_actor(actor.user_id.clone(), action, target_id, about, now, random)
    }

    /// [`Self::new`] for an act of the app's backend.
    pub fn of_backend(action: Act, target_id: &str, about: Value, now: Timestamp, random: [u8; 10]) -> Self {
        Self::of_actor(UserId::trusted(BACKEND), action, target_id, about, now, random)
    }

    fn of_actor(
        actor_id: UserId,
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
            actor_id,
            action,
            target_id: target_id.to_owned(),
            reason: None,
            metadata,
            created_at: now,
        }
    }

    /// The entry of each act that this one entails, for statements that complete its id and target: the same actor and
    /// time; the metadata name this act.
    #[must_use]
    pub fn entailing(&self, action: Act, target_id: &str) -> Self {
        let mut metadata = self.metadata.clone();
        metadata.insert("cause".to_owned(), self.action.as_str().into());
        Self { action, target_id: target_id.to_owned(), reason: None, metadata, ..self.clone() }
    }

    /// Sets the reason, unless it is empty.
    #[must_use]
    pub fn because(self, reason: &str) -> Self {
        Self { reason: Some(reason.to_owned()).filter(|reason| !reason.is_empty()), ..self }
    }
}
