//! Dashboards of the desk, as administrators see them.

use super::Object;
use crate::live::ShowsSessions;
use crate::sessions::Session;
use crate::subscriptions::Hosts;
use campana_core::accounts::principal::{Principal, VIEW_PANIC_ALERTS};
use campana_core::accounts::revocation::SigningKey;
use campana_core::live::{AskStanding, ConnectionKind, Decision};
use campana_core::pusher::channel::ChannelName;
use campana_core::shared::ids::ConversationId;
use campana_core::shared::problem::Problem;
use std::rc::Rc;

impl ShowsSessions for Object {
    const KIND: ConnectionKind = ConnectionKind::Dashboard;

    fn conversation(&self) -> Option<ConversationId> {
        None
    }

    /// Whether the permission was withdrawn. Only the user's token says whether they have it.
    async fn decide_for(self: &Rc<Self>, asked: &AskStanding) -> Result<Decision, Problem> {
        let Some(target) = &asked.target else { return Ok(Decision::default()) };
        self.prepare(&asked.app_config, target).await?;
        let guard = Principal {
            tenant: asked.app_config.tenant.clone(),
            user_id: asked.user.clone(),
            name: asked.user.to_string(),
            avatar: None,
            admin: false,
            permissions: vec![VIEW_PANIC_ALERTS.to_owned()],
            groups: Vec::new(),
            issued_at_ms: None,
            signed_with: SigningKey::Unknown,
            expires_at_ms: i64::MAX,
        };
        Ok(Decision { access: Some(self.check_guard(&guard)), ..Decision::default() })
    }

    fn log_position(&self) -> Option<(String, i64)> {
        Some(self.position())
    }

    fn channel_of(&self, _session: &Session) -> Option<ChannelName> {
        Some(ChannelName::trusted("private-panic-alerts"))
    }
}
