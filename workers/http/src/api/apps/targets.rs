//! Which object a channel belongs to, for backends that publish and ask: they make neither two people's conversation nor the
//! general room. Until somebody listens or writes there, such a channel is the application's. What the record said of a conversation's channel is remembered; that a channel has
//! no place yet is not, because the next moment it may.

use super::fault::Fault;
use crate::App;
use campana_core::accounts::app_config::AppConfig;
use campana_core::pusher::channel::{ChannelKind, ChannelName};
use campana_core::pusher::family::Family;
use campana_core::pusher::link::Target;

/// How long a conversation is remembered as a channel's: rooms come to an end.
const REMEMBERED_MS: u64 = 60_000;

/// The object that a channel belongs to.
pub(super) async fn target_of(app: &App, app_config: &AppConfig, channel: &ChannelName) -> Result<Target, Fault> {
    let key = (app_config.tenant.clone(), channel.clone());
    // Of the others the name alone says it, or the app's settings.
    let is_asked = match channel.family() {
        Family::Conversation(_) | Family::Room(_) | Family::Direct(_) => true,
        Family::General => channel.kind() != ChannelKind::Public || app_config.pusher.public_chat,
        Family::Person(_) | Family::AlertDesk | Family::Other => false,
    };
    let known = app.caches().targets.fresh(&key, app.now(), REMEMBERED_MS);
    if let Some(target) = known.filter(|_| is_asked) {
        return Ok(target);
    }
    let target = app.store().target_of(app_config, channel, None, None).await?;
    if is_asked && matches!(target, Target::Conversation(_)) {
        app.caches().targets.keep(key, target.clone(), app.now());
    }
    Ok(target)
}
