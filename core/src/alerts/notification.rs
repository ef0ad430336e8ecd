//! Notifications from a tenant's desk to its pager, which sends pages and calls webhooks.
//!
//! The desk stores a [`Notification`] in its outbox in the same turn as the change, and retries in order until the
//! pager has it. Before the pager sends a page, it asks the desk for the alert's [`AlertStateAnswer`].

use super::{Alert, AlertId, Entry, Language, Page};
use crate::shared::ids::{TenantId, UserId};
use crate::shared::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

/// Notifications in one handover at most.
pub const MAX_HANDOVER: i64 = 50;

/// A timeline entry, with the recipients to page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Notification {
    /// The timeline entry.
    pub entry: Entry,
    /// The alert at that time.
    pub alert: Box<Alert>,
    /// Recipients of a page. `None` sends a quiet status update to devices that were paged before.
    #[serde(default)]
    pub page: Option<Page>,
    /// Language of texts.
    pub language: Language,
}

impl Notification {
    /// Whether one of these later notifications makes the same devices get another message instead of this one's: it is
    /// about the same alert, and pages at least the same recipients.
    pub fn is_replaced_by(&self, later: &[Self]) -> bool {
        later.iter().any(|other| {
            other.alert.id == self.alert.id
                && other.page.is_some()
                && self.page.as_ref().is_none_or(|page| other.page.as_ref() == Some(page))
        })
    }
}

/// Handover of notifications from the desk to the pager. The pager drops those that it already accepted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Notifications {
    /// The tenant.
    pub tenant: TenantId,
    /// Name of the desk's numbering: a desk that starts again has another.
    pub source: String,
    /// Notifications with their numbers, rising. At most [`MAX_HANDOVER`].
    #[serde(rename = "errands")]
    pub notifications: Vec<(i64, Notification)>,
}

/// Question of the pager to the desk before it pages, `POST /standing`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertStateQuery {
    /// Alert id.
    pub id: AlertId,
}

/// The desk's answer to [`AlertStateQuery`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertStateAnswer {
    /// Whether it is open and no guard has acknowledged it.
    pub is_unanswered: bool,
    /// Whether it is open.
    pub is_open: bool,
}

/// Report of the pager to the desk after a page, `POST /paged`: the desk stores it as deliveries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paged {
    /// Alert id.
    pub id: AlertId,
    /// Users with a device whose push service accepted the page.
    pub people: Vec<UserId>,
}

/// The end of a user's devices, to the pager, `POST /forget`: none of them gets another page. From the desk, for a guard whose
/// permission was withdrawn, and from functions, for a user who was signed out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forget {
    /// The tenant.
    pub tenant: TenantId,
    /// The former guard, or the user who was signed out.
    pub user: UserId,
    /// Ends devices that were subscribed up to then, and refuses tokens issued up to then. `None` is the time of the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Timestamp>,
}
