//! `GET /api/admin/channels`: channels with subscribers at gateways, by name.

use crate::api::admin::only_administrators;
use crate::api::apps::channels::occupied::{MAX_LISTED, occupied};
use crate::identity::Caller;
use crate::request::{Cursor, Query, limit, text};
use crate::response::{Outcome, ok, uncached};
use campana_core::pusher::channel::{ChannelName, MAX_CHANNEL_CHARS};
use campana_core::shared::problem::Problem;
use serde::{Deserialize, Serialize};

#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ChannelsQuery {
    /// Beginning of the names.
    prefix: Option<String>,
    /// Items on the page, 50 by default.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 100)))]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A channel with subscribers.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "OccupiedChannel"))]
pub(crate) struct Listed {
    name: ChannelName,
    /// Subscribed sockets of Pusher clients.
    subscribers: u64,
    /// On a presence channel: users with a subscribed socket.
    people: Option<u64>,
}

/// A page of channels.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "OccupiedChannelPage"))]
pub(crate) struct Channels {
    data: Vec<Listed>,
    next_cursor: Option<String>,
    /// Gateways that did not answer: their subscribers are missing.
    unanswered: Vec<String>,
}

pub(crate) async fn handle(caller: Caller, Query(query): Query<ChannelsQuery>) -> Outcome {
    only_administrators(&caller)?;
    let most = usize::try_from(limit(query.limit)?).unwrap_or(usize::MAX);
    let prefix = text("prefix", &query.prefix.unwrap_or_default(), MAX_CHANNEL_CHARS)?;
    let after: Option<ChannelName> = Cursor::CHANNELS.place_of(query.cursor.as_deref())?;
    let occupied = occupied(&caller.app, caller.tenant(), &prefix).await?;
    if occupied.is_cut {
        return Err(Problem::field("prefix", format!("matches more than {MAX_LISTED} channels")).into());
    }
    let channels = occupied.channels.into_iter().filter(|(name, _)| after.as_ref().is_none_or(|after| name > after));
    let listed = channels.map(|(name, it)| {
        let people = name.is_presence().then(|| it.people());
        Listed { name, subscribers: it.sockets, people }
    });
    let mut data: Vec<Listed> = listed.take(most.saturating_add(1)).collect();
    let goes_on = data.len() > most;
    data.truncate(most);
    let last = data.last().filter(|_| goes_on);
    let next_cursor = last.map(|last| Cursor::CHANNELS.write(&[last.name.as_str()]));
    let unanswered = occupied.unanswered.iter().map(ToString::to_string).collect();
    Ok(uncached(ok(&Channels { data, next_cursor, unanswered })?))
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Security, Tag};
    use serde_json::json;
    operation
        .named("listOccupiedChannels", Tag::Administration, "List channels with subscribers")
        .about("Over all gateways, by name. Native connections are not counted: `listConnections` has them.")
        .by(Security::Administrator)
        .uncached()
        .answers::<Channels>(
            200,
            "A page of channels.",
            json!({
                "data": [
                    {"name": "news", "subscribers": 120, "people": null},
                    {"name": "presence-lobby", "subscribers": 3, "people": 2},
                ],
                "next_cursor": null,
                "unanswered": [],
            }),
        );
}
