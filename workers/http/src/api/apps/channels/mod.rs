//! `/apps/{id}/channels`: occupied channels, and the state of one.

pub(super) mod get;
pub(super) mod list;
pub(super) mod users;

use super::backend::Backend;
use super::fault::Fault;
use super::gateways::gateways_behind;
use super::targets::target_of;
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::link::{Ask, ChannelState};
use campana_core::shared::problem::{Kind, Problem};

/// State of a channel, from the object that it belongs to.
async fn ask(backend: &Backend, channel: &ChannelName, members: bool) -> Result<ChannelState, Fault> {
    let app_config = backend.record.app_config();
    let target = target_of(&backend.app, &app_config, channel).await?;
    let gateways = gateways_behind(&backend.app, &app_config.tenant, &target).await?;
    let ask = Ask { app_config, target, gateways, channels: vec![channel.clone()], members };
    let states = backend.app.channels().ask(ask).await?;
    let state = states.into_iter().next();
    Ok(state.ok_or_else(|| Problem::new(Kind::Internal, "the object did not answer about this channel"))?)
}
