//! Web Push of notifications to the devices of their person.

use crate::chat::notification_preferences::{DoNotDisturb, KindChoices};
use crate::chat::notifications::Notification;
use crate::push::PushSubscription;
use crate::shared::ids::{ConversationId, NotificationId, TenantId, UserId};
use crate::shared::timestamp::Timestamp;
use base64ct::{Base64UrlUnpadded, Encoding};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// Maximum number of devices of a person: one more takes the place of the one that was renewed the longest ago.
pub const MAX_PUSH_DEVICES: u32 = 10;
/// Life of a device's subscription since it was last renewed, milliseconds: 60 days.
pub const PUSH_DEVICE_KEPT_MS: i64 = 60 * 24 * 60 * 60 * 1_000;
/// Life of a message in milliseconds: retries end after it, and it is the TTL at the push service.
pub const PUSH_LIFE_MS: i64 = 4 * 60 * 60 * 1_000;
/// Longest title and text of a message, characters.
const MAX_TITLE_CHARS: usize = 100;
const MAX_TEXT_CHARS: usize = 300;
/// Longest address of a message, bytes. A longer one is left out: the message has to fit into one record.
const MAX_URL_BYTES: usize = 1_000;
/// Length of a topic (RFC 8030, section 5.4).
const TOPIC_CHARS: usize = 32;

/// What decides whether a notification is pushed, and where.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PushWishes {
    /// What the person wants, by kind.
    #[serde(default)]
    pub kinds: KindChoices,
    /// Their hours without pushes.
    #[serde(default)]
    pub do_not_disturb: Option<DoNotDisturb>,
    /// Their devices. Empty if the conversation is archived.
    #[serde(default)]
    pub devices: Vec<PushSubscription>,
}

/// A message for devices of one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushMessage {
    /// The person's tenant.
    pub tenant: TenantId,
    /// The person.
    pub user: UserId,
    /// A message takes the place of one with the same topic that a device has not shown yet.
    pub topic: String,
    /// JSON that the device's service worker reads.
    pub text: String,
    /// When it is of no use any more.
    pub until: Timestamp,
    /// The devices.
    pub devices: Vec<PushSubscription>,
}

impl PushMessage {
    /// The message of a notification. `None` if the person has no device, does not want it, or is not to be disturbed now.
    pub fn of(
        tenant: &TenantId,
        user: &UserId,
        notification: &Notification,
        wishes: PushWishes,
        now: Timestamp,
    ) -> Option<Self> {
        let is_quiet = wishes.do_not_disturb.as_ref().is_some_and(|hours| hours.holds(now));
        if wishes.devices.is_empty() || is_quiet || !wishes.kinds.is_pushed(&notification.kind) {
            return None;
        }
        let name = notification.actor.as_ref().map(|actor| actor.name.as_str());
        let title = notification.title.as_deref().or(name);
        let body =
            notification.body.as_deref().or(notification.message.as_ref().and_then(|message| message.body.as_deref()));
        let text = json!({
            "type": "notification",
            "id": notification.id,
            "kind": notification.kind,
            "title": title.map(|title| beginning(title, MAX_TITLE_CHARS)),
            "body": body.map(|body| beginning(body, MAX_TEXT_CHARS)),
            "actor": notification.actor.as_ref().map(|actor| beginning(&actor.name, MAX_TITLE_CHARS)),
            "url": notification.url.as_deref().filter(|url| url.len() <= MAX_URL_BYTES),
            "conversation_id": notification.conversation_id,
            "message_id": notification.message.as_ref().map(|message| &message.id),
            "at": notification.updated_at,
        });
        Some(Self::new(tenant, user, notification.id.as_str(), text.to_string(), wishes.devices, now))
    }

    /// A message by which a person tries their devices.
    pub fn test(tenant: &TenantId, user: &UserId, devices: Vec<PushSubscription>, now: Timestamp) -> Self {
        Self::new(tenant, user, "test", json!({"type": "test", "at": now}).to_string(), devices, now)
    }

    fn new(
        tenant: &TenantId,
        user: &UserId,
        about: &str,
        text: String,
        devices: Vec<PushSubscription>,
        now: Timestamp,
    ) -> Self {
        let hash = Base64UrlUnpadded::encode_string(&Sha256::digest(about));
        let topic = hash.chars().take(TOPIC_CHARS).collect();
        let until = now.plus_millis(PUSH_LIFE_MS);
        Self { tenant: tenant.clone(), user: user.clone(), topic, text, until, devices }
    }

    /// Name of the object that sends the messages of this person.
    pub fn object_name(&self) -> String {
        format!("{}/{}", self.tenant, self.user)
    }
}

/// A notification for all members of a conversation, to be delivered to them by events and pushes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    /// The conversation's tenant.
    pub tenant: TenantId,
    /// The conversation.
    pub conversation: ConversationId,
    /// Position of the message.
    pub seq: i64,
    /// The notification, if it is withdrawn.
    pub withdrawn: Option<NotificationId>,
    /// Members who get no push, in addition to those that the record excludes.
    pub silent: BTreeSet<UserId>,
    /// When it is of no use any more.
    pub until: Timestamp,
}

impl Announcement {
    /// Name of the object that tells the members. A person whose id is the same text shares it, which does no harm: the object keeps
    /// people's pushes and announcements in tables of their own.
    pub fn object_name(&self) -> String {
        format!("{}/all.{}", self.tenant, self.conversation)
    }
}

/// The first characters of a text, with an ellipsis if there are more.
fn beginning(text: &str, most: usize) -> String {
    let mut chars = text.chars();
    let mut beginning: String = chars.by_ref().take(most).collect();
    if chars.next().is_some() {
        beginning.push('…');
    }
    beginning
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::push::{MAX_PLAINTEXT, PushKeys};
    use serde_json::Value;

    const AT: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    fn notification(body: &str) -> Notification {
        let notification = json!({
            "id": "0190a7c0-0000-7000-8000-000000000006", "kind": "mention", "actor": {"user_id": "7", "name": body},
            "conversation_id": "c",
            "message": {
                "id": "m", "seq": 4, "sender_id": "7", "sender_name": "Ana", "type": "text", "body": body, "parent_id": null,
            },
            "title": null, "body": null, "url": null, "data": null, "created_at": AT, "updated_at": AT, "read_at": null,
        });
        serde_json::from_value(notification).expect("a notification")
    }

    fn wishes(more: &Value) -> PushWishes {
        let keys = PushKeys { p256dh: "p".to_owned(), auth: "a".to_owned() };
        let devices = vec![PushSubscription { endpoint: "https://push.example/1".to_owned(), keys }];
        PushWishes { devices, ..serde_json::from_value(more.clone()).expect("valid wishes") }
    }

    fn message(body: &str, wishes: PushWishes) -> Option<PushMessage> {
        PushMessage::of(&TenantId::trusted("t"), &UserId::trusted("8"), &notification(body), wishes, AT)
    }

    #[test]
    fn a_message_names_what_it_is_about_and_fits_into_one_record() {
        let short = message("hello", wishes(&json!({}))).expect("it is wanted");
        let text: Value = serde_json::from_str(&short.text).expect("JSON");
        assert_eq!(
            (&text["title"], &text["body"], &text["message_id"]),
            (&json!("hello"), &json!("hello"), &json!("m"))
        );
        assert_eq!(
            (short.topic.len(), short.until, short.object_name()),
            (32, AT.plus_millis(PUSH_LIFE_MS), "t/8".to_owned())
        );
        for character in ["\u{1}", "😀", "\"", "ñ"] {
            let long = message(&character.repeat(10_000), wishes(&json!({}))).expect("it is wanted");
            assert!(long.text.len() <= MAX_PLAINTEXT, "{character:?}: {}", long.text.len());
        }
    }

    #[test]
    fn nothing_is_pushed_that_is_not_wanted_or_in_quiet_hours_or_without_a_device() {
        assert_eq!(message("hello", PushWishes::default()), None);
        for unwanted in [
            json!({"kinds": {"mention": {"push": false}}}),
            json!({"kinds": {"mention": {"inbox": false}}}),
            // AT is 22:13 in UTC.
            json!({"do_not_disturb": {"from": "22:00", "to": "07:00", "time_zone": "UTC"}}),
        ] {
            assert_eq!(message("hello", wishes(&unwanted)), None, "{unwanted}");
        }
        let by_day = json!({"do_not_disturb": {"from": "08:00", "to": "22:00", "time_zone": "UTC"}});
        assert!(message("hello", wishes(&by_day)).is_some());
    }
}
