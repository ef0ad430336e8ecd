//! `GET /api/admin/connections`: open connections of every kind, grouped by the objects that hold them.
//!
//! A cursor is a place in the order of leases, and in an object in the order of the connections' keys.

use super::allowed;
use super::asking::{ask_all, holders};
use super::held_id::HeldId;
use crate::api::admin::only_administrators;
use crate::api::apps::targets::target_of;
use crate::identity::Caller;
use crate::request::{Cursor, Query, limit};
use crate::response::{Outcome, ok, uncached};
use campana_core::live::{Holder, HoldersOf, ListConnections, LiveAnswer, LiveConnection, LiveQuestion};
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::link::Target;
use campana_core::shared::ids::UserId;
use campana_core::shared::problem::Problem;
use serde::{Deserialize, Serialize};

#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ConnectionsQuery {
    /// Only this user's connections.
    user_id: Option<String>,
    /// Only connections that get what is sent to this channel.
    channel: Option<String>,
    /// Items on the page, 50 by default.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 100)))]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// An open connection.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Connection"))]
pub(crate) struct Shown {
    /// Id, valid while the connection is open.
    id: HeldId,
    /// The object that holds it: a conversation's id, `user.{id}`, `gateway.{region}/{number}` or `alert-desk`.
    object: String,
    #[serde(flatten)]
    connection: LiveConnection,
}

/// A page of connections.
#[derive(Debug, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ConnectionPage"))]
pub(crate) struct Connections {
    data: Vec<Shown>,
    next_cursor: Option<String>,
    /// Objects that did not answer in time: their connections are missing.
    unanswered: Vec<String>,
}

pub(crate) async fn handle(caller: Caller, Query(query): Query<ConnectionsQuery>) -> Outcome {
    only_administrators(&caller)?;
    let most = limit(query.limit)?;
    let user = query.user_id.map(|id| UserId::parse(&id).ok_or_else(|| Problem::field("user_id", "is not an id")));
    let user = user.transpose()?;
    let channel = query
        .channel
        .map(|name| ChannelName::parse(&name).ok_or_else(|| Problem::field("channel", "is not a channel's name")));
    let channel = channel.transpose()?;
    let target = match &channel {
        None => None,
        Some(channel) => {
            allowed(&caller, channel)?;
            Some(target_of(&caller.app, &caller.record.app_config(), channel).await?)
        }
    };
    let place = query.cursor.as_deref().map(|cursor| Cursor::CONNECTIONS.read(cursor)).transpose()?;
    let [from, after] = place.unwrap_or_default();
    let (holders, next) = holders(&caller, which(user.as_ref(), target.as_ref()), from.clone()).await?;
    let of_target = target.as_ref().and_then(Holder::source_of);
    let is_asked =
        |holder: &Holder| target.is_none() || holder.is_gateway() || of_target.as_ref() == Some(&holder.source);
    let holders = holders.into_iter().filter(is_asked).collect();
    let question = |holder: &Holder| {
        let after = if holder.source == from { after.clone() } else { String::new() };
        let limit = usize::try_from(most).unwrap_or(usize::MAX);
        LiveQuestion::List(ListConnections { user: user.clone(), channel: channel.clone(), after, limit })
    };
    let answers = ask_all(&caller, holders, question).await;
    Ok(uncached(ok(&page(answers, most, next))?))
}

fn which(user: Option<&UserId>, target: Option<&Target>) -> HoldersOf {
    match (user, target) {
        (Some(user), _) => HoldersOf::User(user.clone()),
        (None, Some(target)) => HoldersOf::Channel(Holder::source_of(target)),
        (None, None) => HoldersOf::App,
    }
}

/// Puts the answers together, up to `most` connections. `next` is the lease after the asked ones.
fn page(answers: Vec<(Holder, Result<LiveAnswer, Problem>)>, most: u32, next: Option<String>) -> Connections {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let mut all = Connections::default();
    let cursor = |source: &str, key: &str| Some(Cursor::CONNECTIONS.write(&[source, key]));
    for (holder, answer) in answers {
        let source = holder.source;
        if all.data.len() >= most {
            all.next_cursor = cursor(&source, "");
            return all;
        }
        let Ok(LiveAnswer::Connections { page, mut continues }) = answer else {
            all.unanswered.push(source);
            continue;
        };
        let mut last = String::new();
        for keyed in page {
            if all.data.len() >= most {
                continues = true;
                break;
            }
            last.clone_from(&keyed.key);
            let id = HeldId::new(&source, &keyed.key);
            all.data.push(Shown { id, object: source.clone(), connection: keyed.connection });
        }
        if continues {
            all.next_cursor = cursor(&source, &last);
            return all;
        }
    }
    all.next_cursor = next.and_then(|source| cursor(&source, ""));
    all
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Security, Tag};
    use serde_json::json;
    operation
        .named("listConnections", Tag::Administration, "List open connections")
        .about("Native sockets, event streams, dashboards and Pusher clients, also anonymous ones, grouped by the object that holds them.")
        .about("A page can be short or empty while `next_cursor` is set. A connection appears up to 2 s after it opened.")
        .by(Security::Administrator)
        .uncached()
        .refuses(&[campana_core::shared::problem::Kind::NotFound])
        .answers::<Connections>(
            200,
            "A page of connections.",
            json!({
                "data": [{
                    "id": "Z2F0ZXdheS53ZXVyLzAfMTc2OTg1MDMwMDEyMC4xMjMuNDU2",
                    "object": "gateway.weur/0",
                    "kind": "pusher",
                    "user_id": "7",
                    "name": "Ana",
                    "since": "2026-01-31T09:05:00.120Z",
                    "heard_at": "2026-01-31T09:06:00.000Z",
                    "expires_at": "2026-01-31T10:05:00.000Z",
                    "client_id": "123.456",
                    "conversation_id": null,
                    "channels": ["presence-room.019a3e5b-7a10-7c3e-9d7f-2b6f0c1d4e01"],
                    "channel_count": 1,
                    "unsent_bytes": 0,
                }],
                "next_cursor": null,
                "unanswered": [],
            }),
        );
}
