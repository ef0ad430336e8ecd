//! Who is asking. Comes from a verified token only.

use crate::shared::ids::{TenantId, UserId};
use serde::{Deserialize, Serialize};

/// The permission to see and handle panic alerts.
pub const VIEW_PANIC_ALERTS: &str = "view_panic_alerts";

/// A verified person, with what the token said of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Principal {
    /// The tenant the token was signed for.
    pub tenant: TenantId,
    /// The person (`sub`).
    pub user_id: UserId,
    /// Display name.
    pub name: String,
    /// Address of a picture, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar: Option<String>,
    /// Whether the token's roles contain `admin`: an administrator of the whole app.
    #[serde(default)]
    pub admin: bool,
    /// Named permissions, e.g. `view_panic_alerts`.
    #[serde(default)]
    pub permissions: Vec<String>,
    /// When the token was made (`iat`), Unix milliseconds, if it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issued_at_ms: Option<i64>,
    /// When the identity ends, Unix milliseconds. Sockets close then (4401).
    pub expires_at_ms: i64,
}

impl Principal {
    /// Whether the token grants this permission by name.
    pub fn has_permission(&self, name: &str) -> bool {
        self.permissions.iter().any(|granted| granted == name)
    }

    /// Whether this person may see and handle panic alerts: a guard.
    pub fn is_guard(&self) -> bool {
        self.has_permission(VIEW_PANIC_ALERTS)
    }
}
