//! Verified identity behind a request or socket.

use crate::accounts::revocation::SigningKey;
use crate::alerts::GUARDS;
use crate::shared::ids::{TenantId, UserId};
use serde::{Deserialize, Serialize};

/// The permission to see and handle panic alerts.
pub const VIEW_PANIC_ALERTS: &str = "view_panic_alerts";

/// A verified user with the claims of the token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Principal {
    /// The tenant the token was signed for.
    pub tenant: TenantId,
    /// The user's id (`sub`).
    pub user_id: UserId,
    /// Display name.
    pub name: String,
    /// URL of a picture, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar: Option<String>,
    /// Whether the token's roles contain `admin`: an administrator of the whole app.
    #[serde(default)]
    pub admin: bool,
    /// Named permissions, e.g. `view_panic_alerts`.
    #[serde(default)]
    pub permissions: Vec<String>,
    /// Groups of guards that the user belongs to, e.g. `supervisors`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    /// When the token was issued (`iat`), Unix milliseconds, if the token has the claim; at the latest when it was
    /// verified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issued_at_ms: Option<i64>,
    /// What signed the token.
    #[serde(default, skip_serializing_if = "SigningKey::is_unknown")]
    pub signed_with: SigningKey,
    /// When the token expires, Unix milliseconds. Sockets close then (4401).
    pub expires_at_ms: i64,
}

impl Principal {
    /// Whether the user is a guard: may see and handle panic alerts.
    pub fn is_guard(&self) -> bool {
        self.permissions.iter().any(|granted| granted == VIEW_PANIC_ALERTS)
    }

    /// Whether the user may be paged as one of this group: every guard as one of [`GUARDS`], members of other groups by
    /// their token, administrators as anybody.
    pub fn is_in_group(&self, group: &str) -> bool {
        group == GUARDS || self.admin || self.groups.iter().any(|own| own == group)
    }
}
