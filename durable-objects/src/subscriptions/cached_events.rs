//! The last event of a cache channel, for those who come later: in the object's own database. Of a public one the record
//! says until when there may be one, so that gateways need not ask an object that was never published to.

use super::{Hosts, SubscriptionRegistry};
use crate::platform;
use crate::sql::{as_int, as_text, int, text};
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::event::Publication;
use campana_core::pusher::link::Target;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use campana_schema::objects::cached;
use std::rc::Rc;

/// How long the last event of a cache channel is kept, milliseconds.
pub(super) const KEPT_MS: i64 = 30 * 60_000;
/// The record is told of so much more time, milliseconds, so it is told once in as long.
const AHEAD_MS: i64 = 5 * 60_000;
/// When the record is told again if it did not answer, milliseconds.
const AGAIN_MS: i64 = 5_000;
/// Until when the record says that an event is kept, Unix milliseconds, in `meta`.
const RECORDED: &str = "kept_recorded_until";

/// Keeps an event.
pub(super) fn keep<O: Hosts>(host: &Rc<O>, event: &Publication, frame: &str) -> Result<(), Problem> {
    let until = platform::now().plus_millis(KEPT_MS);
    let params = vec![text(event.channel.as_str()), text(frame), text(&event.data), int(until.millis())];
    host.subscriptions().sql.run(cached::SAVE, params)?;
    host.wake_at(until);
    Ok(())
}

/// What a cache channel keeps, what that carries, and until when.
pub(super) fn kept(
    subscriptions: &SubscriptionRegistry,
    channel: &ChannelName,
    now: Timestamp,
) -> Result<Option<(String, String, Timestamp)>, Problem> {
    let row = subscriptions.sql.first(cached::GET, vec![text(channel.as_str())])?;
    let kept = row.and_then(|row| {
        let until = Timestamp::from_millis(as_int(row.get(2))?);
        Some((as_text(row.first())?.to_owned(), as_text(row.get(1))?.to_owned(), until))
    });
    Ok(kept.filter(|(_, _, until)| *until > now))
}

/// Before an event is kept until then: the record says so, for gateways that have not reported anybody. If it does not
/// answer they cannot ask it either, and ask the object; the alarm tells it then.
pub(super) async fn record<O: Hosts>(host: &Rc<O>, until: Timestamp) {
    let subscriptions = host.subscriptions();
    let Some((settings, Target::Channel(channel))) = subscriptions.known.borrow().clone() else { return };
    if !Target::Channel(channel.clone()).is_public_channel() || !channel.is_cache() || recorded(subscriptions) >= until
    {
        return;
    }
    let ahead = until.plus_millis(AHEAD_MS);
    let told = async {
        let store = crate::record::record(host.platform().1).map_err(|problem| problem.detail)?;
        store.keep_event(&settings.tenant, &channel, ahead).await.map_err(|error| error.to_string())
    };
    match told.await {
        // Should this not be kept, the record is told once more.
        Ok(()) => drop(subscriptions.sql.keep(RECORDED, &ahead.millis().to_string())),
        Err(detail) => {
            tracing::warn!(at = "subscriptions.kept", detail);
            host.wake_at(platform::now().plus_millis(AGAIN_MS));
        }
    }
}

fn recorded(subscriptions: &SubscriptionRegistry) -> Timestamp {
    let recorded = subscriptions.sql.recall(RECORDED).ok().flatten().and_then(|millis| millis.parse().ok());
    Timestamp::from_millis(recorded.unwrap_or(i64::MIN))
}

/// For the alarm: tells the record of an event that it was not told of.
pub(super) fn record_soon<O: Hosts>(host: &Rc<O>) {
    let subscriptions = host.subscriptions();
    let Some((_, Target::Channel(channel))) = subscriptions.known.borrow().clone() else { return };
    if !channel.is_cache() || !subscriptions.has_tables.get() {
        return;
    }
    let Ok(Some((_, _, until))) = kept(subscriptions, &channel, platform::now()) else { return };
    let recorder = Rc::clone(host);
    host.platform().0.wait_until(async move { record(&recorder, until).await });
}
