//! Channels with subscribers, merged over all gateways of an app.

use crate::App;
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::link::{Counted, GatewayName};
use campana_core::shared::ids::{TenantId, UserId};
use campana_core::shared::problem::Problem;
use futures_util::{StreamExt, stream};
use std::collections::{BTreeMap, HashSet};

/// Gateways queried concurrently.
const CONCURRENCY: usize = 20;
/// Maximum number of channels that are merged; above it, the list has to be narrowed down by a prefix.
pub(in crate::api) const MAX_LISTED: usize = 100_000;

/// Subscribers of a channel, over all gateways.
#[derive(Default)]
pub(in crate::api) struct Listeners {
    /// Sockets.
    pub(in crate::api) sockets: u64,
    people: HashSet<UserId>,
}

impl Listeners {
    /// Number of users; 0 for channels other than presence channels.
    pub(in crate::api) fn people(&self) -> u64 {
        u64::try_from(self.people.len()).unwrap_or(u64::MAX)
    }
}

/// Channels with subscribers.
#[derive(Default)]
pub(in crate::api) struct OccupiedChannels {
    /// By name.
    pub(in crate::api) channels: BTreeMap<ChannelName, Listeners>,
    /// Gateways that did not answer.
    pub(in crate::api) unanswered: Vec<GatewayName>,
    /// Whether there are more than [`MAX_LISTED`].
    pub(in crate::api) is_cut: bool,
}

/// The app's channels with subscribers whose names begin with `prefix`.
pub(in crate::api) async fn occupied(app: &App, tenant: &TenantId, prefix: &str) -> Result<OccupiedChannels, Problem> {
    let gateways = app.store().gateways(tenant).await?;
    let ask = |gateway: GatewayName| async move { (app.channels().occupied(tenant, &gateway).await, gateway) };
    let mut all = OccupiedChannels::default();
    let mut answers = stream::iter(gateways).map(ask).buffer_unordered(CONCURRENCY);
    while let Some((answer, gateway)) = answers.next().await {
        let Ok(occupied) = answer else {
            all.unanswered.push(gateway);
            continue;
        };
        let is_listed = |it: &Counted| !it.channel.is_inner() && it.channel.as_str().starts_with(prefix);
        for Counted { channel, sockets, people } in occupied.channels.into_iter().filter(is_listed) {
            let listeners = all.channels.entry(channel).or_default();
            listeners.sockets = listeners.sockets.saturating_add(sockets.into());
            listeners.people.extend(people.into_iter().map(|(listener, _)| listener.user));
        }
        if all.channels.len() > MAX_LISTED {
            all.is_cut = true;
            break;
        }
    }
    all.unanswered.sort_unstable();
    Ok(all)
}
