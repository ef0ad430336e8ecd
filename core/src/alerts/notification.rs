//! What a tenant's desk has its pager do: ask people to come, by push, and tell webhooks.
//!
//! The desk notes an [`Notification`] in its own database, in the turn of the change, and hands it over in order until the pager
//! has it. The pager asks the desk once more before it sends a page: [`StandingOf`].

use super::{Alert, AlertId, Entry, Language, Page};
use crate::shared::ids::{TenantId, UserId};
use serde::{Deserialize, Serialize};

/// Notifications in one handover at most.
pub const MAX_HANDOVER: i64 = 50;

/// Something that happened to an alert, and who is to be asked to come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Notification {
    /// What happened.
    pub entry: Entry,
    /// The alert as it stood then.
    pub alert: Box<Alert>,
    /// Who is asked to come. Without it, those who were asked before are told how it stands, quietly.
    #[serde(default)]
    pub page: Option<Page>,
    /// The language of texts.
    pub language: Language,
}

/// Notifications on their way from the desk to the pager. One that is handed over again is taken once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Notifications {
    /// Whose.
    pub tenant: TenantId,
    /// A name of the desk's numbering: a desk that begins anew has another.
    pub source: String,
    /// With their numbers, rising. At most [`MAX_HANDOVER`].
    #[serde(rename = "errands")]
    pub notifications: Vec<(i64, Notification)>,
}

/// The pager's question to the desk before it pages, `POST /standing`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandingOf {
    /// Of which alert.
    pub id: AlertId,
}

/// The desk's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Whether it is open and nobody has taken it.
    pub is_unanswered: bool,
    /// Whether it is open.
    pub is_open: bool,
}

/// The pager tells the desk whom a page was sent to, `POST /paged`: for the ledger of deliveries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paged {
    /// Which alert.
    pub id: AlertId,
    /// Whose devices the push services have taken it for.
    pub people: Vec<UserId>,
}

/// The desk tells the pager that somebody is no guard any more, `POST /forget`: none of their devices is paged again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forget {
    /// Whose.
    pub tenant: TenantId,
    /// Who.
    pub user: UserId,
}
