//! `POST /broadcasting/auth`: signs a client's subscription to one or several channels.
//!
//! [`may_listen`] decides who may subscribe to which channel; for a conversation, its object decides. Public channels
//! need no signature: they get 403, like every channel that no rule covers. Each signature covers the subscriber
//! (`channel_data`), so that gateways can end a subscription together with the membership or the identity. For private
//! channels some client libraries pass on only `auth`, so there `auth` carries `channel_data` too.

use super::asking::Asked;
use super::described::channel_data;
use super::fields::{Fields, Texts};
use super::strangers;
use crate::api::chat::room_lookup::{conversation_of, existing_general};
use crate::identity::Caller;
use crate::response::{Outcome, Refusal, ok};
use base64ct::{Base64, Encoding};
use campana_core::alerts::command::DeskCommand;
use campana_core::chat::command::Command;
use campana_core::pusher::access::{Access, may_listen};
use campana_core::pusher::channel::{ChannelKind, ChannelName};
use campana_core::pusher::encryption::{master_key, shared_secret};
use campana_core::pusher::family::Family;
use campana_core::pusher::signature::{Voucher, sign, subscription_text};
use campana_core::shared::problem::{Kind, Problem};
use campana_core::shared::socket_id::SocketId;
use futures_util::{StreamExt, stream};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Maximum number of channels in one request.
const MAX_CHANNELS: usize = 100;
/// Conversation objects queried concurrently.
const CONCURRENCY: usize = 10;

/// A signed subscription.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "SignedSubscription"))]
struct Signed {
    auth: String,
    channel_data: String,
    /// Shared secret of an encrypted channel, base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    shared_secret: Option<String>,
}

/// Result for one channel of a batch.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "SignedSubscriptionOutcome"))]
struct Each {
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Signed>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// Channels to sign for a socket.
#[cfg(feature = "schema")]
#[derive(schemars::JsonSchema)]
#[schemars(rename = "SubscriptionDraft")]
#[expect(dead_code, reason = "used only for its schema")]
struct Asking {
    /// Id of the client's socket.
    socket_id: String,
    /// The channel, or a list of up to 100: `channel_name[]` in a form.
    channel_name: OneOrMany,
}

#[cfg(feature = "schema")]
#[derive(schemars::JsonSchema)]
#[schemars(untagged, inline)]
#[expect(dead_code, reason = "used only for its schema")]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

/// A signature, or for a list of channels the outcome of each by its name.
#[cfg(feature = "schema")]
#[derive(schemars::JsonSchema)]
#[schemars(untagged, rename = "SignedSubscriptions")]
#[expect(dead_code, reason = "used only for its schema")]
enum AllSigned {
    One(Signed),
    Many(BTreeMap<String, Each>),
}

pub(super) async fn handle(caller: Caller, fields: Fields) -> Outcome {
    let socket = fields.socket()?;
    match fields.texts("channel_name")? {
        None => Err(Problem::field("channel_name", "is missing").into()),
        Some(Texts::One(channel)) => {
            let asked = Asked::about(&caller, std::slice::from_ref(&channel)).await;
            ok(&authorize(&caller, &asked, &socket, &channel).await?)
        }
        Some(Texts::Many(channels)) if channels.is_empty() || channels.len() > MAX_CHANNELS => {
            Err(Problem::field("channel_name", format!("is not a list of 1 to {MAX_CHANNELS}")).into())
        }
        Some(Texts::Many(mut channels)) => {
            let mut named = BTreeSet::new();
            channels.retain(|channel| named.insert(channel.clone()));
            let asked = Asked::about(&caller, &channels).await;
            let (caller, asked, socket) = (&caller, &asked, &socket);
            let each = |channel: String| async move {
                let outcome = authorize(caller, asked, socket, &channel).await;
                (channel, outcome.map_or_else(refused, signed))
            };
            let all: BTreeMap<String, Each> = stream::iter(channels).map(each).buffered(CONCURRENCY).collect().await;
            ok(&all)
        }
    }
}

fn signed(data: Signed) -> Each {
    Each { status: 200, data: Some(data), error: None }
}

fn refused(problem: Problem) -> Each {
    Each { status: problem.kind.status(), data: None, error: Some(problem.detail) }
}

async fn authorize(caller: &Caller, asked: &Asked<'_>, socket: &SocketId, channel: &str) -> Result<Signed, Problem> {
    let channel =
        ChannelName::parse(channel).ok_or_else(|| Problem::field("channel_name", "is not a channel's name"))?;
    if !caller.record.pusher.allows_channel(&channel) {
        return Err(Problem::field("channel_name", "is too long"));
    }
    if !channel.needs_signature() {
        return Err(Problem::new(Kind::Forbidden, "only private and presence channels are signed"));
    }
    if caller.record.secret.is_empty() {
        return Err(Problem::new(Kind::Forbidden, "the app has no secret to sign with"));
    }
    match may_listen(&channel, &caller.principal)? {
        Access::With(person) if asked.strangers.contains(&person) => strangers::count(caller)?,
        Access::Granted | Access::With(_) => {}
        Access::OfConversation => ask_conversation(caller, asked, &channel).await.map_err(hide)?,
        Access::OfGeneralRoom => ask_general_room(caller, asked).await.map_err(hide)?,
        Access::OfDesk => ask_desk(caller).await?,
    }
    let secret = &caller.record.secret;
    let channel_data = channel_data(&caller.record, &caller.principal);
    let signature = sign(secret, &subscription_text(socket, &channel, Some(&channel_data)));
    let carried = (!channel.is_presence()).then(|| channel_data.clone());
    let voucher = Voucher { key: &caller.record.key, signature: &signature, channel_data: carried };
    let auth = voucher.to_text();
    let is_encrypted = channel.kind() == ChannelKind::Encrypted;
    let key = if is_encrypted { master_key(secret) } else { None };
    let shared_secret = key.map(|key| Base64::encode_string(&shared_secret(&key, &channel)));
    Ok(Signed { auth, channel_data, shared_secret })
}

/// Checks with the desk that the guard permission in the token was not withdrawn. An unanswered check is an error.
async fn ask_desk(caller: &Caller) -> Result<(), Problem> {
    let answer = caller.ask_desk(DeskCommand::MayWatch).await;
    answer.map(drop).map_err(|refusal| refusal.problem)
}

async fn ask_conversation(caller: &Caller, asked: &Asked<'_>, channel: &ChannelName) -> Result<(), Problem> {
    let conversation = match channel.family() {
        Family::Conversation(id) => id,
        Family::Room(room) => conversation_of(caller, &room).await.map_err(|Refusal(problem)| problem)?,
        _ => return Err(Problem::not_found()),
    };
    asked.objects.command(caller.envelope(&conversation, None, Command::View)).await.map(drop)
}

/// Asks the general room, if there is one. A user who could join it may listen: the subscription makes them a member.
async fn ask_general_room(caller: &Caller, asked: &Asked<'_>) -> Result<(), Problem> {
    let Some(conversation) = existing_general(caller).await.map_err(|Refusal(problem)| problem)? else {
        return Ok(());
    };
    match asked.objects.command(caller.envelope(&conversation, None, Command::View)).await {
        // Only a room that the user sees answers this: it is public. A private one answers 404.
        Err(problem) if problem.kind == Kind::Forbidden => Ok(()),
        answer => answer.map(drop),
    }
}

/// Turns 404 into 403: a missing conversation must look like a forbidden one.
fn hide(problem: Problem) -> Problem {
    match problem.kind {
        Kind::NotFound => Problem::new(Kind::Forbidden, "you may not listen to this channel"),
        _ => problem,
    }
}

#[cfg(feature = "schema")]
pub(super) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::Tag;
    use serde_json::json;
    operation
        .named("authorizeChannels", Tag::PusherClients, "Sign a subscription to channels")
        .about("For private and presence channels of Pusher clients. Unknown fields are ignored.")
        .about("With a list of channels the answer is 200 and has the status of each.")
        .body::<Asking>(true)
        .form()
        .sends(json!({"socket_id": "123.456", "channel_name": "private-conversation.019a3e5b-7a10-7c3e-9d7f-2b6f0c1d4e02"}))
        .answers::<AllSigned>(
            200,
            "The signature, or the outcome of each channel.",
            json!({
                "auth": "demo-key:3f1c9b7a",
                "channel_data": "{\"user_id\":\"7\",\"user_info\":{\"id\":\"7\",\"name\":\"Ana\"}}",
            }),
        );
}
