//! What the desk writes to the record, so that later everybody can read what happened.

use super::wire::Receipt;
use super::{Alert, AlertId, Entry, Location};
use crate::shared::ids::UserId;
use crate::shared::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

/// What changed at a desk since it last wrote. Writing it twice, or in another order, changes nothing: an alert and a
/// delivery have a position that only rises, entries and places never change.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AlertChanges {
    /// Alerts as they stand, with their positions.
    pub alerts: Vec<(i64, Alert)>,
    /// New entries of timelines.
    pub entries: Vec<(AlertId, Entry)>,
    /// New places of trails.
    pub sightings: Vec<(AlertId, Sighting)>,
    /// Deliveries as they stand, with their positions.
    pub deliveries: Vec<(i64, Delivery)>,
}

impl AlertChanges {
    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.alerts.is_empty() && self.entries.is_empty() && self.sightings.is_empty() && self.deliveries.is_empty()
    }
}

/// A place of an alert's trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Sighting {
    /// Its number in the trail: 1 is the first.
    pub number: u32,
    /// Where, and when.
    #[serde(flatten)]
    pub location: Location,
}

/// The way by which an alert reached a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "AlertVia"))]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// A native socket of the desk.
    Socket,
    /// A Pusher client.
    Channel,
    /// Web Push.
    Push,
    /// They asked for it by HTTP.
    Http,
}

impl Via {
    /// All there are.
    pub const ALL: [Self; 4] = [Self::Socket, Self::Channel, Self::Push, Self::Http];

    /// The name in JSON and SQL.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Socket => "socket",
            Self::Channel => "channel",
            Self::Push => "push",
            Self::Http => "http",
        }
    }

    /// Reads [`Via::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|via| via.as_str() == text)
    }
}

/// How far an alert got with one person, by one way. Each time is the first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Which alert.
    pub alert_id: AlertId,
    /// With whom.
    pub user_id: UserId,
    /// By which way.
    pub via: Via,
    /// Handed to their socket, or taken by their push service.
    pub sent_at: Option<Timestamp>,
    /// Their client said that it has it.
    pub delivered_at: Option<Timestamp>,
    /// Their client said that it was before their eyes.
    pub seen_at: Option<Timestamp>,
    /// They took the alert.
    pub acknowledged_at: Option<Timestamp>,
}

/// Something that is known of a delivery from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Milestone {
    /// It was handed over.
    Sent,
    /// The client has it, or showed it.
    Receipt(Receipt),
    /// They took the alert.
    Acknowledged,
}

impl Delivery {
    /// Nothing is known yet.
    pub fn new(alert_id: AlertId, user_id: UserId, via: Via) -> Self {
        Self { alert_id, user_id, via, sent_at: None, delivered_at: None, seen_at: None, acknowledged_at: None }
    }

    /// Notes it. False if that was known. What was seen was delivered.
    pub fn reach(&mut self, milestone: Milestone, now: Timestamp) -> bool {
        let slots: &mut [&mut Option<Timestamp>] = match milestone {
            Milestone::Sent => &mut [&mut self.sent_at],
            Milestone::Receipt(Receipt::Delivered) => &mut [&mut self.delivered_at],
            Milestone::Receipt(Receipt::Seen) => &mut [&mut self.delivered_at, &mut self.seen_at],
            Milestone::Acknowledged => &mut [&mut self.acknowledged_at],
        };
        let mut is_news = false;
        for slot in slots.iter_mut().filter(|slot| slot.is_none()) {
            **slot = Some(now);
            is_news = true;
        }
        is_news
    }
}
