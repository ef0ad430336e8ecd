//! `/apps/{id}/channels`: occupied channels, and the state of one.

pub(super) mod get;
pub(super) mod list;
pub(in crate::api) mod occupied;
pub(super) mod users;

use super::backend::Backend;
use super::gateways::gateways_behind;
use super::targets::target_of;
use crate::App;
use campana_core::accounts::app_config::AppConfig;
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::link::{Ask, ChannelState, Target};
use campana_core::shared::problem::{Kind, Problem};

/// State of a channel, from the object that it belongs to.
async fn ask(backend: &Backend, channel: &ChannelName, members: bool) -> Result<ChannelState, Problem> {
    let app_config = backend.record.app_config();
    let target = target_of(&backend.app, &app_config, channel).await?;
    state_of(&backend.app, app_config, target, channel, members).await
}

/// State of a channel of this target.
pub(in crate::api) async fn state_of(
    app: &App,
    app_config: AppConfig,
    target: Target,
    channel: &ChannelName,
    members: bool,
) -> Result<ChannelState, Problem> {
    let gateways = gateways_behind(app, &app_config.tenant, &target).await?;
    let ask = Ask { app_config, target, gateways, channels: vec![channel.clone()], members };
    let states = app.channels().ask(ask).await?;
    let state = states.into_iter().next();
    state.ok_or_else(|| Problem::new(Kind::Internal, "the object did not answer about this channel"))
}
