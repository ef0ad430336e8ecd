//! Occupancy of public channels over all gateways. Gateways report their own listeners, and many can listen to one channel:
//! it is occupied from the first gateway's report until the last one withdraws its own.

use super::queries::occupied_channels;
use crate::sql::{Sql, text};
use campana_core::shared::problem::Problem;
use campana_core::webhooks::channels::{ChannelEvent, EventKind};

/// Stores what gateways report. Returns the events that webhooks get, in order: without the reports that change nothing
/// for the channel as a whole.
pub(super) fn of_all_gateways(sql: &Sql, events: Vec<ChannelEvent>) -> Result<Vec<ChannelEvent>, Problem> {
    let mut all = Vec::with_capacity(events.len());
    for mut event in events {
        let is_news = match (event.gateway.take(), &event.what) {
            (Some(gateway), EventKind::ChannelOccupied) => {
                let was_occupied = is_occupied(sql, &event)?;
                sql.run(occupied_channels::ADD, vec![text(event.channel.as_str()), text(gateway.as_str())])?;
                !was_occupied
            }
            (Some(gateway), EventKind::ChannelVacated) => {
                let was_occupied = is_occupied(sql, &event)?;
                sql.run(occupied_channels::REMOVE, vec![text(event.channel.as_str()), text(gateway.as_str())])?;
                was_occupied && !is_occupied(sql, &event)?
            }
            _ => true,
        };
        if is_news {
            all.push(event);
        }
    }
    Ok(all)
}

fn is_occupied(sql: &Sql, event: &ChannelEvent) -> Result<bool, Problem> {
    Ok(sql.first(occupied_channels::ANY, vec![text(event.channel.as_str())])?.is_some())
}
