//! The Pusher protocol, as far as the bench speaks it: sockets that listen to one public channel, and the HTTP API that
//! publishes there. The bare object gets and hands on the very same frames, without a protocol around them.

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

/// What clients send when they have been silent for a while.
pub(crate) const PING: &str = r#"{"event":"pusher:ping","data":{}}"#;
/// The event that is published.
const EVENT: &str = "bench.message";
/// How long a server may take to let a socket listen.
const PATIENCE: Duration = Duration::from_secs(30);

/// An app of a Pusher server.
pub(crate) struct PusherApp {
    pub(crate) id: String,
    pub(crate) key: String,
    pub(crate) secret: String,
}

/// What is under test.
pub(crate) enum Server {
    /// Of the Pusher protocol.
    Pusher(PusherApp),
    /// A bare object: every socket of the path listens, and what is posted to the path goes to all of them.
    Bare {
        /// Where its sockets are.
        path: String,
    },
    /// Alerts at a tenant's desk.
    Desk(Desk),
    /// A bare object that hands on a desk's frames.
    Replay(Replay),
}

/// A channel, and how to get at it.
pub(crate) struct Audience {
    /// `host:port`.
    pub(crate) authority: String,
    pub(crate) server: Server,
    pub(crate) channel: String,
}

/// What a frame says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Told {
    /// The publish of this number.
    Publish(usize),
    /// Something was refused, or the frame makes no sense.
    Error(String),
    /// Keep-alive and the like.
    Other,
}

/// A request that publishes.
pub(crate) struct Request {
    /// Path and query.
    pub(crate) target: String,
    pub(crate) body: String,
    /// Of whoever asks, if it is somebody.
    pub(crate) token: Option<String>,
}

#[derive(Deserialize)]
struct Named<'a> {
    #[serde(borrow)]
    event: Cow<'a, str>,
}

/// A frame with the event that is published: its data is a text.
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
    /// Opens a socket that listens. It hears of whatever is published from now on.
    pub(crate) async fn join(&self) -> Result<Socket> {
        let path = match &self.server {
            Server::Pusher(app) => socket_path(&app.key),
            Server::Bare { path } | Server::Replay(Replay { path, .. }) => path.clone(),
            Server::Desk(desk) => {
                let joining = desk.join(&self.authority);
                return timeout(PATIENCE, joining)
                    .await
                    .map_err(|_| BenchError::NotWelcomed("no answer".to_owned()))?;
            }
        };
        let mut socket = protocol::open(&format!("ws://{}{path}", self.authority)).await?;
        if let Server::Pusher(_) = self.server {
            let joining = self.subscribe(&mut socket);
            timeout(PATIENCE, joining).await.map_err(|_| BenchError::NotWelcomed("no answer".to_owned()))??;
        }
        Ok(socket)
    }

    async fn subscribe(&self, socket: &mut Socket) -> Result<()> {
        await_event(socket, "pusher:connection_established").await?;
        subscribe(socket, json!({"channel": self.channel})).await
    }

    /// The request that publishes this number, signed now.
    pub(crate) fn publish(&self, number: usize, filling: &str) -> Request {
        let data = json!({"number": number, "body": filling}).to_string();
        match &self.server {
            Server::Pusher(app) => {
                let body = json!({"name": EVENT, "channel": self.channel, "data": data}).to_string();
                Request { target: app.signed(&format!("/apps/{}/events", app.id), &body), body, token: None }
            }
            // Byte for byte what the sockets of Campana get.
            Server::Bare { path } => {
                let data = json!(data);
                let body = format!(r#"{{"event":"{EVENT}","channel":"{}","data":{data}}}"#, self.channel);
                Request { target: format!("{path}/publish"), body, token: None }
            }
            Server::Desk(desk) => desk.publish(number, filling),
            Server::Replay(replay) => replay.publish(number),
        }
    }

    /// What a frame says.
    pub(crate) fn told(&self, frame: &str) -> Vec<Told> {
        match &self.server {
            Server::Pusher(_) | Server::Bare { .. } => vec![told(frame)],
            Server::Desk(_) | Server::Replay(_) => desk::told(frame),
        }
    }

    /// What clients send when they have been silent for a while.
    pub(crate) fn ping(&self) -> &'static str {
        match &self.server {
            Server::Desk(desk) => desk.ping(),
            Server::Pusher(_) | Server::Bare { .. } | Server::Replay(_) => PING,
        }
    }

    /// A frame of the publish of this number, for a server that hands on another's frames.
    pub(crate) fn template(&self, frame: &str, number: usize) -> String {
        match &self.server {
            Server::Desk(desk) => desk::template(frame, &desk.place, number),
            Server::Replay(replay) => desk::template(frame, &replay.place, number),
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

/// What a frame on a socket says.
fn told(frame: &str) -> Told {
    let not_understood = || Told::Error(format!("not understood: {frame}"));
    let Ok(named) = serde_json::from_str::<Named<'_>>(frame) else { return not_understood() };
    match named.event.as_ref() {
        EVENT => {
            let data = serde_json::from_str::<Frame<'_>>(frame).and_then(|frame| serde_json::from_str(&frame.data));
            data.map_or_else(|_| not_understood(), |Data { number }| Told::Publish(number))
        }
        "pusher:subscription_error" => Told::Error(frame.to_owned()),
        _ => Told::Other,
    }
}

/// Path and query of a socket of the app with this key.
fn socket_path(key: &str) -> String {
    format!("/app/{key}?protocol=7&client=campana-bench&version=1.0&flash=false")
}

/// Opens a socket that listens to a channel for which the bearer of the token needs a signature of the app's backend.
pub(crate) async fn listen(authority: &str, key: &str, channel: &str, token: &str) -> Result<Socket> {
    let mut socket = protocol::open(&format!("ws://{authority}{}", socket_path(key))).await?;
    let hello = await_event(&mut socket, "pusher:connection_established").await?;
    let mut wish = sign(authority, token, channel, &hello).await?;
    wish["channel"] = channel.into();
    subscribe(&mut socket, wish).await?;
    Ok(socket)
}

/// A signed subscription, from the application's own endpoint.
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

async fn subscribe(socket: &mut Socket, wish: Value) -> Result<()> {
    let frame = json!({"event": "pusher:subscribe", "data": wish});
    socket.send(Message::text(frame.to_string())).await?;
    await_event(socket, "pusher_internal:subscription_succeeded").await.map(drop)
}

/// Waits for an event, and gives the frame.
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
        assert_eq!(told(&request.body), Told::Publish(7));
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
        assert_eq!(told(other_order), Told::Publish(12));
        assert_eq!(told(r#"{"event":"pusher:pong","data":"{}"}"#), Told::Other);
        assert_eq!(told(r#"{"event":"pusher:pong","data":{}}"#), Told::Other);
        assert!(matches!(told("what"), Told::Error(_)));
        assert!(matches!(told(r#"{"event":"bench.message","data":"{}"}"#), Told::Error(_)));
    }
}
