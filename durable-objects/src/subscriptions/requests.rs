//! Requests from functions to an object that owns channels.

use super::calls::answer_calls;
use super::gateways::{at_gateways, at_known_gateways};
use super::publishing::publish;
use super::resync::resync_stale;
use super::{Hosts, cached_events, delivery, discovery};
use crate::platform::log_failure;
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::link::{Ask, ChannelState, CloseAll, Drop, GatewayName, Refusal, Terminate, Whose};
use campana_core::pusher::roster::Roster;
use campana_core::shared::problem::Problem;
use campana_runtime::instance::read_request;
use campana_runtime::ports::Answer;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;
use std::rc::Rc;

type Outcome<T> = Result<T, Problem>;

/// Serves the requests of gateways and functions, by path.
pub(crate) async fn serve<O: Hosts>(host: &Rc<O>, path: &str, body: &str) -> Answer {
    match path {
        "/pusher/calls" => answer(body, async |calls| answer_calls(host, calls).await).await,
        "/pusher/publish" => answer(body, async |request| publish(host, request).await).await,
        "/pusher/channels" => answer(body, async |question| ask(host, question).await).await,
        "/pusher/close" => answer(body, async |request| close_all(host, request).await).await,
        _ => Answer::problem(&Problem::not_found()),
    }
}

async fn answer<Q: DeserializeOwned, A: Serialize>(body: &str, act: impl AsyncFnOnce(Q) -> Outcome<A>) -> Answer {
    let outcome = match read_request(body) {
        Ok(question) => act(question).await,
        Err(problem) => Err(problem),
    };
    if let Err(problem) = &outcome {
        log_failure("subscriptions", None, problem);
    }
    Answer::json(&outcome)
}

/// Returns the states of channels.
async fn ask<O: Hosts>(host: &Rc<O>, ask: Ask) -> Outcome<Vec<ChannelState>> {
    host.prepare(&ask.app_config, &ask.target).await?;
    let unknown = discovery::unknown(host.subscriptions(), &ask.app_config, &ask.target, &ask.gateways);
    if !discovery::find(host, &unknown).await.is_empty() {
        return Err(Problem::unavailable("a gateway did not say who listens there"));
    }
    resync_stale(host).await;
    ask.channels.iter().map(|channel| state_of(host, channel, ask.members)).collect()
}

pub(super) fn state_of<O: Hosts>(host: &Rc<O>, channel: &ChannelName, name_members: bool) -> Outcome<ChannelState> {
    let now = host.context().now();
    let may_have_event = channel.is_cache() && host.subscriptions().has_tables.get();
    let cache = if may_have_event { cached_events::last_event(host.subscriptions(), channel, now)? } else { None };
    host.subscriptions().with(|roster| {
        let members = roster.members_of(channel);
        Ok(ChannelState {
            subscription_count: roster.subscription_count(channel),
            user_count: u64::try_from(members.len()).unwrap_or(u64::MAX),
            members: if name_members { members.iter().map(|member| member.id_json()).collect() } else { Vec::new() },
            cache: cache.map(|(_, data, until)| (data, until.since(now) / 1_000)),
        })
    })
}

/// Closes all sockets of a user, at every gateway of the app, and at those that this object knows of: one may be too new
/// for the function's list.
async fn close_all<O: Hosts>(host: &Rc<O>, close: CloseAll) -> Outcome<()> {
    host.prepare(&close.app_config, &campana_core::pusher::link::Target::Person(close.user.clone())).await?;
    let mut gateways: BTreeSet<GatewayName> = host.subscriptions().with(Roster::gateways);
    gateways.extend(close.gateways);
    let gateways: Vec<GatewayName> = gateways.into_iter().collect();
    let request = ("terminate", &Terminate { user: close.user });
    if at_gateways(host.context(), &close.app_config.tenant, &gateways, request).await.is_empty() {
        return Ok(());
    }
    Err(Problem::unavailable("a gateway did not answer"))
}

/// Ends subscriptions to this object's channels. After this they get no more frames: if a gateway does not answer, it
/// must first make the channels' listeners reconnect, and they are authorized again.
pub(crate) async fn drop_listeners<O: Hosts>(host: &Rc<O>, whose: Whose, refusal: Refusal) {
    let Some(target) = host.subscriptions().known.borrow().as_ref().map(|(_, target)| target.clone()) else { return };
    for gateway in at_known_gateways(host, "drop", &Drop { target, whose, refusal }).await {
        delivery::mark_missed(host, &gateway, host.subscriptions().channels());
    }
}
