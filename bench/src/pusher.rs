//! The parts of the Pusher protocol that the bench uses: subscriptions to one public channel, and the HTTP API that publishes
//! there. The bare object forwards the same frames without a protocol.

use crate::desk::{self, Desk, Replay};
use crate::http::Client;
use crate::protocol::{self, Socket};
use crate::{BenchError, Result};
use futures_util::{SinkExt as _, StreamExt as _};
use hmac::{Hmac, Mac as _};
use hyper::StatusCode;
use md5::{Digest as _, Md5};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::Sha256;
use std::borrow::Cow;
use std::fmt::Write as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

/// The ping of a silent client.
pub(crate) const PING: &str = r#"{"event":"pusher:ping","data":{}}"#;
/// The published event.
const EVENT: &str = "bench.message";
/// Time-out of a subscription.
const TIMEOUT: Duration = Duration::from_secs(30);

/// An app of a Pusher server.
pub(crate) struct PusherApp {
    pub(crate) id: String,
    pub(crate) key: String,
    pub(crate) secret: String,
}

/// The server under test.
pub(crate) enum Server {
    /// A server of the Pusher protocol.
    Pusher(PusherApp),
    /// A bare object: a body posted to the path goes to all sockets of the path.
    Bare {
        /// Path of its sockets.
        path: String,
    },
    /// Alerts at a tenant's desk.
    Desk(Desk),
    /// A bare object that replays a desk's frames.
    Replay(Replay),
}

/// A channel and its server.
pub(crate) struct Audience {
    /// `host:port`.
    pub(crate) authority: String,
    pub(crate) server: Server,
    pub(crate) channel: String,
}

/// Content of a published frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PublishFrame {
    /// The publish of this number.
    Publish(usize),
    /// A refusal, or an unknown frame.
    Error(String),
    /// Any other frame, for example a keep-alive.
    Other,
}

/// A request that publishes.
pub(crate) struct Request {
    /// Path and query.
    pub(crate) target: String,
    pub(crate) body: String,
    /// The caller's token.
    pub(crate) token: Option<String>,
}

#[derive(Deserialize)]
struct Named<'a> {
    #[serde(borrow)]
    event: Cow<'a, str>,
}

/// A frame with the published event, whose data is a string.
#[derive(Deserialize)]
struct Frame<'a> {
    #[serde(borrow)]
    data: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Data {
    number: usize,
}

impl Audience {
    /// Opens a subscribed socket, which gets every later publish.
    pub(crate) async fn join(&self) -> Result<Socket> {
        let path = match &self.server {
            Server::Pusher(app) => socket_path(&app.key),
            Server::Bare { path } | Server::Replay(Replay { path, .. }) => path.clone(),
            Server::Desk(desk) => {
                let joining = desk.join(&self.authority);
                return timeout(TIMEOUT, joining).await.map_err(|_| BenchError::NotWelcomed("no answer".to_owned()))?;
            }
        };
        let mut socket = protocol::open(&format!("ws://{}{path}", self.authority)).await?;
        if let Server::Pusher(_) = self.server {
            let joining = self.subscribe(&mut socket);
            timeout(TIMEOUT, joining).await.map_err(|_| BenchError::NotWelcomed("no answer".to_owned()))??;
        }
        Ok(socket)
    }

    async fn subscribe(&self, socket: &mut Socket) -> Result<()> {
        await_event(socket, "pusher:connection_established").await?;
        subscribe(socket, json!({"channel": self.channel})).await
    }

    /// The request that publishes this number, signed with the current time.
    pub(crate) fn publish(&self, number: usize, filling: &str) -> Request {
        let data = json!({"number": number, "body": filling}).to_string();
        match &self.server {
            Server::Pusher(app) => {
                let body = json!({"name": EVENT, "channel": self.channel, "data": data}).to_string();
                Request { target: app.signed(&format!("/apps/{}/events", app.id), &body), body, token: None }
            }
            // Byte for byte the frame that Campana's sockets get.
            Server::Bare { path } => {
                let data = json!(data);
                let body = format!(r#"{{"event":"{EVENT}","channel":"{}","data":{data}}}"#, self.channel);
                Request { target: format!("{path}/publish"), body, token: None }
            }
            Server::Desk(desk) => desk.publish(number, filling),
            Server::Replay(replay) => replay.publish(number),
        }
    }

    /// Content of a published frame.
    pub(crate) fn parse(&self, frame: &str) -> Vec<PublishFrame> {
        match &self.server {
            Server::Pusher(_) | Server::Bare { .. } => vec![parse(frame)],
            Server::Desk(_) | Server::Replay(_) => desk::parse(frame),
        }
    }

    /// The ping of a silent client.
    pub(crate) fn ping(&self) -> &'static str {
        match &self.server {
            Server::Desk(desk) => desk.ping(),
            Server::Pusher(_) | Server::Bare { .. } | Server::Replay(_) => PING,
        }
    }

    /// Template of a frame of this publish, for a baseline that replays frames.
    pub(crate) fn template(&self, frame: &str, number: usize) -> String {
        match &self.server {
            Server::Desk(desk) => desk::template(frame, &desk.run_id, number),
            Server::Replay(replay) => desk::template(frame, &replay.run_id, number),
            Server::Pusher(_) | Server::Bare { .. } => frame.to_owned(),
        }
    }
}

impl PusherApp {
    /// Path and query of a `POST` with this body.
    fn signed(&self, path: &str, body: &str) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let digest = hex(&Md5::digest(body));
        let query = format!("auth_key={}&auth_timestamp={now}&auth_version=1.0&body_md5={digest}", self.key);
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.secret.as_bytes()) else {
            unreachable!("HMAC takes keys of every length");
        };
        mac.update(format!("POST\n{path}\n{query}").as_bytes());
        format!("{path}?{query}&auth_signature={}", hex(&mac.finalize().into_bytes()))
    }
}

/// Parses a frame.
fn parse(frame: &str) -> PublishFrame {
    let not_understood = || PublishFrame::Error(format!("not understood: {frame}"));
    let Ok(named) = serde_json::from_str::<Named<'_>>(frame) else { return not_understood() };
    match named.event.as_ref() {
        EVENT => {
            let data = serde_json::from_str::<Frame<'_>>(frame).and_then(|frame| serde_json::from_str(&frame.data));
            data.map_or_else(|_| not_understood(), |Data { number }| PublishFrame::Publish(number))
        }
        "pusher:subscription_error" => PublishFrame::Error(frame.to_owned()),
        _ => PublishFrame::Other,
    }
}

/// Path and query of a socket of the app with this key.
fn socket_path(key: &str) -> String {
    format!("/app/{key}?protocol=7&client=campana-bench&version=1.0&flash=false")
}

/// Opens a socket subscribed to a private channel, with a signature from the app's endpoint.
pub(crate) async fn listen(authority: &str, key: &str, channel: &str, token: &str) -> Result<Socket> {
    let mut socket = protocol::open(&format!("ws://{authority}{}", socket_path(key))).await?;
    let hello = await_event(&mut socket, "pusher:connection_established").await?;
    let mut subscription = sign(authority, token, channel, &hello).await?;
    subscription["channel"] = channel.into();
    subscribe(&mut socket, subscription).await?;
    Ok(socket)
}

/// A signed subscription, from the application's endpoint.
async fn sign(authority: &str, token: &str, channel: &str, hello: &str) -> Result<Value> {
    let refused = |why: &str| BenchError::NotWelcomed(format!("no signature: {why}"));
    let data: Value = serde_json::from_str::<Value>(hello)?["data"]
        .as_str()
        .map(serde_json::from_str)
        .transpose()?
        .unwrap_or_default();
    let socket_id = data["socket_id"].as_str().ok_or_else(|| refused("no socket id"))?;
    let body = json!({"socket_id": socket_id, "channel_name": channel}).to_string();
    let request = Request { target: "/broadcasting/auth".to_owned(), body, token: Some(token.to_owned()) };
    let answer = Client::connect(authority).await?.post(request).await?;
    if answer.status != StatusCode::OK {
        return Err(refused(&String::from_utf8_lossy(&answer.body)));
    }
    Ok(serde_json::from_slice(&answer.body)?)
}

async fn subscribe(socket: &mut Socket, subscription: Value) -> Result<()> {
    let frame = json!({"event": "pusher:subscribe", "data": subscription});
    socket.send(Message::text(frame.to_string())).await?;
    await_event(socket, "pusher_internal:subscription_succeeded").await.map(drop)
}

/// Waits for an event and returns its frame.
async fn await_event(socket: &mut Socket, wanted: &str) -> Result<String> {
    loop {
        let frame = socket.next().await;
        let Some(Ok(Message::Text(text))) = &frame else {
            return Err(BenchError::NotWelcomed(format!("{frame:?}")));
        };
        match serde_json::from_str::<Named<'_>>(text.as_str()) {
            Ok(named) if named.event == wanted => return Ok(text.to_string()),
            Ok(named) if !named.event.ends_with("error") => {}
            Ok(_) | Err(_) => return Err(BenchError::NotWelcomed(text.to_string())),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _never_fails = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn audience(server: Server) -> Audience {
        Audience { authority: String::new(), server, channel: "bench-1".to_owned() }
    }

    #[test]
    fn a_bare_publish_is_the_frame_itself() {
        let request = audience(Server::Bare { path: "/bare/1".to_owned() }).publish(7, "xyz");
        assert_eq!(request.target, "/bare/1/publish");
        let expected = r#"{"event":"bench.message","channel":"bench-1","data":"{\"body\":\"xyz\",\"number\":7}"}"#;
        assert_eq!(request.body, expected);
        assert_eq!(parse(&request.body), PublishFrame::Publish(7));
    }

    #[test]
    fn a_publish_is_signed_over_path_query_and_body() {
        let app = PusherApp { id: "3".to_owned(), key: "k".to_owned(), secret: "s".to_owned() };
        let request = audience(Server::Pusher(app)).publish(7, "xyz");
        let (signed, signature) = request.target.split_once("&auth_signature=").expect("signed");
        let (path, query) = signed.split_once('?').expect("a query");
        assert_eq!(path, "/apps/3/events");
        assert!(query.ends_with(&hex(&Md5::digest(&request.body))), "the digest of the body is the last of the query");
        let mut mac = Hmac::<Sha256>::new_from_slice(b"s").expect("any key");
        mac.update(format!("POST\n/apps/3/events\n{query}").as_bytes());
        assert_eq!(signature, hex(&mac.finalize().into_bytes()));
    }

    #[test]
    fn frames_are_read_whatever_the_order_of_their_fields() {
        let other_order = r#"{"channel":"bench-1","data":"{\"number\":12,\"body\":\"\"}","event":"bench.message"}"#;
        assert_eq!(parse(other_order), PublishFrame::Publish(12));
        assert_eq!(parse(r#"{"event":"pusher:pong","data":"{}"}"#), PublishFrame::Other);
        assert_eq!(parse(r#"{"event":"pusher:pong","data":{}}"#), PublishFrame::Other);
        assert!(matches!(parse("nonsense"), PublishFrame::Error(_)));
        assert!(matches!(parse(r#"{"event":"bench.message","data":"{}"}"#), PublishFrame::Error(_)));
    }
}
