//! Handling of gateways' calls: subscribe, unsubscribe, client event.

use super::{ClientEventHandling, Hosts, apply, cached_events, resync, send_frame, webhook_events};
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::frame::{cache_miss, client_event_frame, event_frame};
use campana_core::pusher::link::{Answer, Answers, Call, Calls, Except, GatewayName, Listener, Refusal, Target};
use campana_core::shared::problem::{Kind, Problem};
use campana_core::webhooks::channels::EventKind;
use std::rc::Rc;

/// Sender and number of a batch of calls.
struct Batch {
    gateway: GatewayName,
    number: u64,
}

/// Processes a batch of calls in order. After an internal error the gateway's state counts as unknown, so the gateway
/// retries with listener counts. A batch stops once a newer one of the gateway has arrived, because the newer counts do
/// not include this batch's changes.
pub(super) async fn answer_calls<O: Hosts>(host: &Rc<O>, calls: Calls) -> Result<Answers, Problem> {
    let Calls { app_config, target, gateway, number, counts, calls } = calls;
    let batch = Batch { gateway, number };
    begin(host, &batch)?;
    match host.prepare(&app_config, &target).await {
        Ok(()) => {}
        Err(problem) if matches!(problem.kind, Kind::Internal | Kind::Unavailable) => return Err(problem),
        // What the target stands for does not exist, so it has no listeners either.
        Err(problem) => return Ok(refuse_all(calls, &problem)),
    }
    check_newest(host, &batch)?;
    let adds_nobody = counts.as_ref().is_none_or(Vec::is_empty) && calls.iter().all(is_unsubscribe);
    let is_doubtful = || host.subscriptions().roster.borrow().stale().contains(&batch.gateway);
    if adds_nobody && !host.subscriptions().has_tables.get() && !is_doubtful() {
        // Without known listeners, unsubscriptions change nothing and nothing is stored.
        record_answered(host, batch, &target);
        return Ok(Answers { answers: calls.iter().map(|_| Answer::Done).collect() });
    }
    host.subscriptions().remember(&app_config, &target)?;
    match counts {
        Some(counts) => {
            resync::apply_counts(host, &batch.gateway, counts)?;
            // Other gateways may have lost their sockets too: resync them, so that new listeners see only members who
            // are present.
            resync::resync_stale(host).await;
        }
        None => resync::resync_before_calls(host, &batch.gateway).await?,
    }
    check_newest(host, &batch)?;
    let mut answers = Vec::with_capacity(calls.len());
    for call in calls {
        answers.push(handle_call(host, &batch, call).await?);
    }
    record_answered(host, batch, &target);
    Ok(Answers { answers })
}

/// Records the arrival of a batch. Fails if a newer one of the gateway has arrived.
fn begin<O: Hosts>(host: &Rc<O>, batch: &Batch) -> Result<(), Problem> {
    check_newest(host, batch)?;
    host.subscriptions().newest_batch.borrow_mut().insert(batch.gateway.clone(), batch.number);
    Ok(())
}

/// Fails if the gateway has sent a newer batch. Gateways of a release without numbers send 0.
fn check_newest<O: Hosts>(host: &Rc<O>, batch: &Batch) -> Result<(), Problem> {
    let newest = host.subscriptions().newest_batch.borrow().get(&batch.gateway).copied();
    if batch.number > 0 && newest.is_some_and(|newest| newest > batch.number) {
        return Err(Problem::internal("the gateway has sent these calls again"));
    }
    Ok(())
}

/// Records the newest answered batch, which a resync request includes.
fn record_answered<O: Hosts>(host: &Rc<O>, batch: Batch, target: &Target) {
    if target.is_public_channel() {
        host.subscriptions().answered.borrow_mut().insert(batch.gateway, batch.number);
    }
}

fn is_unsubscribe(call: &Call) -> bool {
    matches!(call, Call::Unsubscribe { .. })
}

fn refuse_all(calls: Vec<Call>, problem: &Problem) -> Answers {
    let refusal = Refusal::from(problem.clone());
    let answer = |call| match call {
        Call::Unsubscribe { .. } => Answer::Done,
        Call::Subscribe { .. } | Call::Event { .. } => Answer::Refused(refusal.clone()),
    };
    Answers { answers: calls.into_iter().map(answer).collect() }
}

async fn handle_call<O: Hosts>(host: &Rc<O>, batch: &Batch, call: Call) -> Result<Answer, Problem> {
    let gateway = &batch.gateway;
    match call {
        Call::Subscribe { channel, listener, socket } => {
            let admitted = host.admit(&channel, listener.as_ref()).await;
            check_newest(host, batch)?;
            let answer = match admitted {
                Ok(()) => subscribe(host, gateway, &channel, listener.as_ref())?,
                Err(refusal) => Answer::Refused(refusal),
            };
            if let Some(listener) = listener.filter(|_| !host.subscriptions().traces.is_empty()) {
                let refusal = match &answer {
                    Answer::Refused(refusal) => Some(refusal.message.as_str()),
                    _ => None,
                };
                host.subscriptions().traces.subscription(&listener.user, &channel, gateway, &socket, refusal);
            }
            Ok(answer)
        }
        Call::Unsubscribe { channel, socket, listener } => {
            if let (Some(socket), Some(listener)) = (&socket, &listener) {
                host.unsubscribing(socket, listener);
            }
            let user = listener.as_ref().map(|listener| &listener.user);
            if let Some(user) = user.filter(|_| !host.subscriptions().traces.is_empty()) {
                host.subscriptions().traces.subscription_end(user, &channel, gateway, socket.as_ref());
            }
            let changes = host.subscriptions().roster.borrow_mut().unsubscribe(gateway, &channel, user);
            apply(host, changes).map(|()| Answer::Done)
        }
        Call::Event { number, .. } if is_repeated(host, gateway, number) => Ok(Answer::Done),
        Call::Event { event, socket, listener, number } => {
            let handling = host.on_client_event(&event, &socket, listener.as_ref()).await;
            check_newest(host, batch)?;
            match handling {
                Ok(ClientEventHandling::ForAll) => {}
                Ok(ClientEventHandling::ForUs) => return Ok(Answer::Done),
                Err(refusal) => return Ok(Answer::Refused(refusal)),
            }
            let from = listener.as_ref().filter(|_| event.channel.is_presence());
            send_frame(host, &event.channel, client_event_frame(&event, from), Except::Socket(socket.clone()));
            host.subscriptions().newest_event.borrow_mut().insert(gateway.clone(), number);
            let user = from.map(|from| from.user.clone());
            webhook_events::append(
                host,
                &event.channel,
                EventKind::client_event(&event.event, &event.data, socket, user),
            )?;
            Ok(Answer::Done)
        }
    }
}

/// Whether a client event was sent on already: the answer to an earlier call was lost.
fn is_repeated<O: Hosts>(host: &Rc<O>, gateway: &GatewayName, number: u64) -> bool {
    number > 0 && host.subscriptions().newest_event.borrow().get(gateway).is_some_and(|newest| *newest >= number)
}

fn subscribe<O: Hosts>(
    host: &Rc<O>,
    gateway: &GatewayName,
    channel: &ChannelName,
    listener: Option<&Listener>,
) -> Result<Answer, Problem> {
    let subscriptions = host.subscriptions();
    let most = subscriptions.settings().map_or(0, |settings| settings.pusher.presence_members);
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let subscribed = subscriptions.roster.borrow_mut().subscribe(gateway, channel, listener, most);
    let Some(changes) = subscribed else {
        return Ok(Answer::Refused(Refusal::limit(format!("a presence channel has at most {most} members"))));
    };
    apply(host, changes)?;
    host.subscribed(channel, listener);
    let data = match listener {
        Some(listener) if channel.is_presence() => {
            subscriptions.with(|roster| roster.presence_json(channel, &listener.user, most))
        }
        _ => "{}".to_owned(),
    };
    let mut then: Vec<String> =
        host.greeting(channel, listener).into_iter().map(|(event, data)| event_frame(event, channel, &data)).collect();
    if channel.is_cache() {
        let cached = cached_events::last_event(subscriptions, channel, host.context().now())?;
        if cached.is_none() {
            webhook_events::append(host, channel, EventKind::CacheMiss)?;
        }
        then.push(cached.map_or_else(|| cache_miss(channel), |(frame, _, _)| frame));
    }
    Ok(Answer::Subscribed { from: subscriptions.next_number.get(), data, then })
}
