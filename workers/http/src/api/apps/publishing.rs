//! Publishing of events to the objects behind their channels, with one call per object.

use super::gateways::gateways_behind;
use super::targets::target_of;
use crate::{App, metrics};
use campana_core::accounts::app_config::AppConfig;
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::event::Publication;
use campana_core::pusher::link::{ChannelState, Publish, Target};
use campana_core::shared::problem::Problem;
use futures_util::{StreamExt, TryStreamExt, stream};
use std::collections::BTreeMap;

/// Objects called concurrently; also concurrent look-ups of targets.
const CONCURRENCY: usize = 20;

/// Publishes events and returns the state of each event's channel if `info` is set. 503 if an object did not answer;
/// others may have published their events. An object that accepted an event is responsible for its gateways, also for
/// those that do not answer.
pub(in crate::api) async fn publish(
    app: &App,
    app_config: &AppConfig,
    events: Vec<Publication>,
    info: bool,
) -> Result<Vec<ChannelState>, Problem> {
    let targets = targets(app, app_config, &events).await?;
    let mut shares: BTreeMap<Target, Vec<usize>> = BTreeMap::new();
    for (at, event) in events.iter().enumerate() {
        if let Some(target) = targets.get(&event.channel) {
            shares.entry(target.clone()).or_default().push(at);
        }
    }
    let mut gateways = Vec::new();
    if let Some(target) = shares.keys().find(|target| target.is_public_channel()) {
        gateways = gateways_behind(app, &app_config.tenant, target).await?;
    }
    let send = |(target, places): (Target, Vec<usize>)| {
        let events = places.iter().filter_map(|at| events.get(*at).cloned()).collect();
        let gateways = if target.is_public_channel() { gateways.clone() } else { Vec::new() };
        let publish = Publish { app_config: app_config.clone(), target, gateways, events, info };
        async move { (places, app.channels().publish(publish).await) }
    };
    let mut answers = stream::iter(shares).map(send).buffer_unordered(CONCURRENCY);
    let mut states = vec![ChannelState::default(); events.len()];
    let mut failed = None;
    while let Some((places, answer)) = answers.next().await {
        match answer {
            Ok(answered) => {
                for (at, state) in places.into_iter().zip(answered) {
                    if let Some(known) = states.get_mut(at) {
                        *known = state;
                    }
                }
            }
            Err(problem) => failed = Some(problem),
        }
    }
    match failed {
        None => {
            metrics::published(app, &app_config.tenant, events.len());
            Ok(states)
        }
        Some(problem) => {
            let detail = "not everything behind these channels answered; some of them may have the event";
            Err(Problem { detail: detail.to_owned(), ..problem })
        }
    }
}

async fn targets(
    app: &App,
    app_config: &AppConfig,
    events: &[Publication],
) -> Result<BTreeMap<ChannelName, Target>, Problem> {
    let mut channels: Vec<ChannelName> = events.iter().map(|event| event.channel.clone()).collect();
    channels.sort_unstable();
    channels.dedup();
    let find = |channel: ChannelName| async move {
        let target = target_of(app, app_config, &channel).await?;
        Ok::<_, Problem>((channel, target))
    };
    stream::iter(channels).map(find).buffer_unordered(CONCURRENCY).try_collect().await
}
