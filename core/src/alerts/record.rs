//! What the desk writes to the record.

use super::wire::Receipt;
use super::{Alert, AlertId, Entry, Location};
use crate::named;
use crate::shared::ids::UserId;
use crate::shared::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

/// Changes at a desk since its last write. Writing them again, or in another order, is idempotent: the positions of
/// alerts and deliveries only rise, and entries and places never change.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AlertChanges {
    /// Changed alerts with their positions.
    pub alerts: Vec<(i64, Alert)>,
    /// New timeline entries.
    pub entries: Vec<(AlertId, Entry)>,
    /// New places of trails.
    pub sightings: Vec<(AlertId, Sighting)>,
    /// Changed deliveries with their positions.
    pub deliveries: Vec<(i64, Delivery)>,
    /// Changed views of owners with their positions.
    pub views: Vec<(i64, OwnView)>,
    /// New timeline entries of views.
    pub view_entries: Vec<(AlertId, Entry)>,
}

/// What the owner of an alert sees instead of it since they gave the duress PIN: an alert of its own, which changes by
/// the same rules as a real one, so that nothing tells the two apart. It belongs to an alert of the guards, the one
/// *behind* it: what the owner does to the view reaches that alert, and what guards do there reaches the open view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnView {
    /// The alert as the owner sees it.
    pub alert: Alert,
    /// Id of the guards' alert behind it.
    pub behind: AlertId,
    /// Its timeline begins with this many entries of the guards' alert with the same id; the view's own follow.
    pub forked: u32,
    /// Time at which the trail last stored a location that the owner reported while the view was open. It decides when the owner
    /// is notified of the next location, so locations reported while the view is closed must not change it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sighted_at: Option<Timestamp>,
}

impl OwnView {
    /// The view of an alert's owner who is about to give the duress PIN for the first time. `sighted_at` is the time at which the
    /// alert's trail last stored a location.
    pub fn fork(alert: &Alert, sighted_at: Option<Timestamp>) -> Self {
        let shown = Alert { is_apart: false, ..alert.as_owner_sees() };
        Self { alert: shown, behind: alert.id.clone(), forked: alert.entries, sighted_at }
    }
}

impl AlertChanges {
    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        let Self { alerts, entries, sightings, deliveries, views, view_entries } = self;
        alerts.is_empty()
            && entries.is_empty()
            && sightings.is_empty()
            && deliveries.is_empty()
            && views.is_empty()
            && view_entries.is_empty()
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

named! {
    /// The way by which an alert reached a person.
    #[derive(PartialOrd, Ord)]
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "AlertVia"))]
    pub enum Via {
        /// A native socket of the desk.
        Socket = "socket",
        /// A Pusher client.
        Channel = "channel",
        /// Web Push.
        Push = "push",
        /// They asked for it by HTTP.
        Http = "http",
    }
}

/// How far an alert got with one user over one way. Each time is that of the first occurrence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Alert id.
    pub alert_id: AlertId,
    /// User id.
    pub user_id: UserId,
    /// The way.
    pub via: Via,
    /// Sent to the socket, or accepted by the push service.
    pub sent_at: Option<Timestamp>,
    /// The client confirmed the delivery.
    pub delivered_at: Option<Timestamp>,
    /// The client confirmed that it was visible.
    pub seen_at: Option<Timestamp>,
    /// The user acknowledged the alert.
    pub acknowledged_at: Option<Timestamp>,
}

/// Progress of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Milestone {
    /// The alert was sent.
    Sent,
    /// The client confirmed that it has or showed the alert.
    Receipt(Receipt),
    /// The user acknowledged the alert.
    Acknowledged,
}

impl Delivery {
    /// A delivery without progress.
    pub fn new(alert_id: AlertId, user_id: UserId, via: Via) -> Self {
        Self { alert_id, user_id, via, sent_at: None, delivered_at: None, seen_at: None, acknowledged_at: None }
    }

    /// Records the milestone; "seen" implies "delivered". Returns false if it was known.
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
