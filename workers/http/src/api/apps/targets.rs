//! Look-up of the object that a channel belongs to, for backends and administrators. A look-up creates neither direct conversations nor
//! the general room: a channel without one belongs to the application until a client subscribes or writes.
//! Conversations found in D1 are cached; a missing one is not, because it may be created at any moment.

use crate::App;
use campana_core::accounts::app_config::AppConfig;
use campana_core::pusher::channel::{ChannelKind, ChannelName};
use campana_core::pusher::family::Family;
use campana_core::pusher::link::Target;
use campana_core::shared::problem::Problem;

/// TTL of a channel's conversation, milliseconds. Rooms can be deleted.
const REMEMBERED_MS: u64 = 60_000;

/// The object that a channel belongs to.
pub(in crate::api) async fn target_of(
    app: &App,
    app_config: &AppConfig,
    channel: &ChannelName,
) -> Result<Target, Problem> {
    let key = (app_config.tenant.clone(), channel.clone());
    // For all other channels, the name or the app's settings determine the target without D1.
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
