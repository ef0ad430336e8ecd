//! Storage of the webhook queue.

use super::queries::queue;
use crate::delivery_history;
use crate::sql::{Row, Sql, int, json, optional, text};
use campana_core::shared::problem::Problem;
use campana_core::webhooks::channels::{Batch, BatchQueue, ChannelEndpoint, ChannelQueue, HoldChange};
use campana_core::webhooks::{Change, ChangeOf};
use campana_runtime::sql::Value;
use std::collections::VecDeque;

/// Loads the queue. Its tables must exist.
pub(super) fn load(sql: &Sql) -> Result<ChannelQueue, Problem> {
    let mut queue = ChannelQueue::default();
    let held = sql.pages(queue::HELD_PAGE, &[Value::Int(0)], &[0], |row| {
        let until = row.time(1);
        Some((row.int(0)?, until.zip(row.json(2))))
    })?;
    for (number, held) in held {
        queue.restore_held(number, held);
    }
    let read = |row: &Row| Some((row.int(0)?, row.json(1)));
    let events = sql.pages(queue::EVENTS_PAGE, &[Value::Int(0)], &[0], read)?;
    for (number, event) in events {
        queue.restore_event(number, event);
    }
    for endpoint in sql.list(queue::ENDPOINTS, [], endpoint)? {
        let url = endpoint.endpoint.url.clone();
        queue.restore_endpoint(endpoint);
        // Its batch is pending too, until its first attempt ends; the queue knows it.
        for (id, body, events, made_at) in delivery_history::pending(sql, &url)? {
            queue.restore_replay(&url, Batch { id, body, events, made_at, attempts: 0, next_at: made_at });
        }
    }
    Ok(queue)
}

fn endpoint(row: &Row) -> Option<BatchQueue> {
    // Filters and headers come from the record, before the first request.
    let endpoint = ChannelEndpoint { url: row.string(0)?, events: row.json(1)?, ..ChannelEndpoint::default() };
    Some(BatchQueue { endpoint, position: row.int(2)?, batch: row.json(3), replays: VecDeque::new() })
}

/// Stores a change of the queue.
pub(super) fn store(sql: &Sql, change: ChangeOf<BatchQueue>) -> Result<(), Problem> {
    match change {
        Change::Detail(HoldChange::Held(number, until, event)) => {
            sql.run(queue::HOLD, vec![int(number), int(until.millis()), json(&event)])
        }
        Change::Detail(HoldChange::Released(number)) => sql.run(queue::RELEASE, vec![int(number)]),
        Change::Appended(number, event) => sql.run(queue::APPEND, vec![int(number), json(&event)]),
        Change::Removed(first, last) => sql.run(queue::REMOVE_EVENTS, vec![int(first), int(last)]),
        Change::Endpoint(BatchQueue { endpoint: ChannelEndpoint { url, events, .. }, position, batch, .. }) => {
            let batch = batch.and_then(|batch| serde_json::to_string(&batch).ok());
            let params = vec![text(&url), json(&events), int(position), optional(batch.as_deref())];
            sql.run(queue::SAVE_ENDPOINT, params)
        }
        Change::EndpointRemoved(url) => sql.run(queue::REMOVE_ENDPOINT, vec![text(&url)]),
    }
}
