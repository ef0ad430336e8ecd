//! Last event of each cache channel, sent to new subscribers, in the object's own database. For a public channel, the
//! record stores until when there may be an event, so gateways need not ask an object that never had one.

use super::queries::cached_events;
use super::{Hosts, SubscriptionRegistry};
use crate::sql::{Row, int, text};
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::event::Publication;
use campana_core::pusher::link::Target;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use std::rc::Rc;

/// TTL of a cached event, milliseconds.
pub(super) const TTL_MS: i64 = 30 * 60_000;
/// Extra time that is added to the expiry in the record, milliseconds. The record is written at most once per this
/// time.
const MARGIN_MS: i64 = 5 * 60_000;
/// Delay before a failed write to the record is retried, milliseconds.
const RETRY_MS: i64 = 5_000;
/// Key in `meta`: expiry that the record has, Unix milliseconds.
const RECORDED: &str = "kept_recorded_until";

/// Stores an event as its channel's last one.
pub(super) fn store<O: Hosts>(host: &Rc<O>, event: &Publication, frame: &str) -> Result<(), Problem> {
    let until = host.context().now().plus_millis(TTL_MS);
    let params = vec![text(event.channel.as_str()), text(frame), text(&event.data), int(until.millis())];
    host.subscriptions().context.sql.run(cached_events::SAVE, params)?;
    host.wake_at(until);
    Ok(())
}

/// Frame, data and expiry of a channel's cached event.
pub(super) fn last_event(
    subscriptions: &SubscriptionRegistry,
    channel: &ChannelName,
    now: Timestamp,
) -> Result<Option<(String, String, Timestamp)>, Problem> {
    let read = |row: &Row| Some((row.string(0)?, row.string(1)?, row.time(2)?));
    let cached_event = subscriptions.context.sql.find(cached_events::GET, [text(channel.as_str())], read)?;
    Ok(cached_event.filter(|(_, _, until)| *until > now))
}

/// Writes the expiry to the record before the event is stored, for gateways that report nobody. If the record is down,
/// gateways cannot read it either, so they ask the object. The alarm retries.
pub(super) async fn record<O: Hosts>(host: &Rc<O>, until: Timestamp) {
    let subscriptions = host.subscriptions();
    let Some((settings, Target::Channel(channel))) = subscriptions.known.borrow().clone() else { return };
    if !Target::Channel(channel.clone()).is_public_channel() || !channel.is_cache() || recorded(subscriptions) >= until
    {
        return;
    }
    let ahead = until.plus_millis(MARGIN_MS);
    let written = async {
        let store = host.context().record().map_err(|problem| problem.detail)?;
        store.keep_event(&settings.tenant, &channel, ahead).await.map_err(|error| error.to_string())
    };
    match written.await {
        // On failure the record is written once more than necessary.
        Ok(()) => drop(subscriptions.context.sql.keep_json(RECORDED, &ahead.millis())),
        Err(detail) => {
            tracing::warn!(at = "subscriptions.kept", detail);
            host.wake_at(host.context().now().plus_millis(RETRY_MS));
        }
    }
}

fn recorded(subscriptions: &SubscriptionRegistry) -> Timestamp {
    let recorded = subscriptions.context.sql.recall_json(RECORDED).ok().flatten();
    Timestamp::from_millis(recorded.unwrap_or(i64::MIN))
}

/// For the alarm: retries writing the expiry of a cached event to the record.
pub(super) fn record_soon<O: Hosts>(host: &Rc<O>) {
    let subscriptions = host.subscriptions();
    let Some((_, Target::Channel(channel))) = subscriptions.known.borrow().clone() else { return };
    if !channel.is_cache() || !subscriptions.has_tables.get() {
        return;
    }
    let Ok(Some((_, _, until))) = last_event(subscriptions, &channel, host.context().now()) else { return };
    host.spawn(async move |host| record(&host, until).await);
}
