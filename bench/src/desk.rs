//! Panic alerts: dashboards that watch a tenant's desk, natively or as Pusher clients, and the requests that raise an alert
//! and end it. The bare object gets and hands on the very same frames, without a desk behind them.
//!
//! What is published under an even number is an alert that is raised; the odd number after it is its end.

use crate::people;
use crate::protocol::{self, Socket};
use crate::pusher::{self, Request, Told};
use crate::token::Issuer;
use crate::{BenchError, Result};
use futures_util::StreamExt as _;
use serde::Deserialize;
use serde_json::{Value, json};
use std::cell::Cell;
use tokio_tungstenite::tungstenite::Message;

/// What stands for the id of an alert in frames that are handed on.
const ID: &str = "{id}";
const CHANNEL: &str = "private-panic-alerts";
const ALERTS: &str = "/api/security/alerts";
/// Whoever raises the alerts: nobody of the dashboards.
const CALLER: usize = 0;

/// A tenant's desk.
pub(crate) struct Desk {
    pub(crate) issuer: Issuer,
    /// Makes the ids of a run its own.
    pub(crate) place: String,
    pub(crate) listens: Listens,
    /// Dashboards that have come.
    pub(crate) dashboards: Cell<usize>,
}

/// How dashboards listen.
pub(crate) enum Listens {
    Natively,
    /// By the Pusher protocol, to the app of this key.
    ByChannel {
        key: String,
    },
}

/// Frames of a desk that a bare object hands on.
pub(crate) struct Replay {
    /// Where its sockets are.
    pub(crate) path: String,
    pub(crate) place: String,
    /// An alert that is raised, with [`ID`] for its id.
    pub(crate) raised: String,
    /// Its end.
    pub(crate) ended: String,
}

/// The id of the alert that is raised by the publish of this number, or ended.
fn alert_id(place: &str, number: usize) -> String {
    format!("bench-{place}-{:06}", number / 2)
}

fn is_raised(number: usize) -> bool {
    number.is_multiple_of(2)
}

impl Desk {
    /// Another dashboard, which knows by now that there is nothing.
    pub(crate) async fn join(&self, authority: &str) -> Result<Socket> {
        self.dashboards.set(self.dashboards.get() + 1);
        let token = self.guard(self.dashboards.get());
        match &self.listens {
            Listens::Natively => {
                let mut socket = protocol::open_with(&format!("ws://{authority}{ALERTS}/socket"), &token).await?;
                let shown = |frame: &Item<'_>| frame.frame_type == Some("alerts") && frame.complete == Some(true);
                while !frames_of(&mut socket).await?.iter().any(|text| items(text).iter().any(shown)) {}
                Ok(socket)
            }
            Listens::ByChannel { key } => pusher::listen(authority, key, CHANNEL, &token).await,
        }
    }

    fn guard(&self, number: usize) -> String {
        self.issuer.token_with(&people::name(number), &["view_panic_alerts"])
    }

    /// The request that raises an alert, or ends it.
    pub(crate) fn publish(&self, number: usize, filling: &str) -> Request {
        let id = alert_id(&self.place, number);
        let (target, body, token) = if is_raised(number) {
            let body = json!({
                "id": id,
                "apartment": {"id": 1204, "address": "Tower B, 12th floor"},
                "location": {"lat": 4.711, "lng": -74.0721, "string": "Lobby", "accuracy": 12, "source": "gps"},
                "note": filling,
            });
            (ALERTS.to_owned(), body, self.issuer.token(&people::name(CALLER)))
        } else {
            (format!("{ALERTS}/{id}/resolve"), json!({"reason": "attended"}), self.guard(1))
        };
        Request { target, body: body.to_string(), token: Some(token) }
    }

    /// What clients send when they have been silent for a while.
    pub(crate) fn ping(&self) -> &'static str {
        match self.listens {
            Listens::Natively => "ping",
            Listens::ByChannel { .. } => crate::pusher::PING,
        }
    }
}

impl Replay {
    /// The request that hands a frame on.
    pub(crate) fn publish(&self, number: usize) -> Request {
        let frame = if is_raised(number) { &self.raised } else { &self.ended };
        let body = frame.replace(ID, &alert_id(&self.place, number));
        Request { target: format!("{}/publish", self.path), body, token: None }
    }
}

/// What the next message holds.
async fn frames_of(socket: &mut Socket) -> Result<Vec<String>> {
    match socket.next().await {
        Some(Ok(Message::Text(text))) => Ok(vec![text.to_string()]),
        Some(Ok(_)) => Ok(Vec::new()),
        other => Err(BenchError::NotWelcomed(format!("{other:?}"))),
    }
}

/// A frame, as far as the bench reads it.
#[derive(Deserialize)]
struct Item<'a> {
    #[serde(rename = "type")]
    frame_type: Option<&'a str>,
    complete: Option<bool>,
    event: Option<&'a str>,
    id: Option<&'a str>,
    partial: Option<Alert>,
    /// By the Pusher protocol: the alert, as JSON in a text.
    data: Option<Value>,
}

#[derive(Deserialize)]
struct Alert {
    id: String,
    status: String,
}

fn items(frame: &str) -> Vec<Item<'_>> {
    let many = if frame.starts_with('[') {
        serde_json::from_str(frame)
    } else {
        serde_json::from_str(frame).map(|item| vec![item])
    };
    many.unwrap_or_default()
}

/// What a frame of a desk says: it may hold several.
pub(crate) fn told(frame: &str) -> Vec<Told> {
    let items = items(frame);
    if items.is_empty() && frame != "pong" {
        return vec![Told::Error(format!("not understood: {frame}"))];
    }
    items.into_iter().map(|item| meaning(item, frame)).collect()
}

fn meaning(item: Item<'_>, frame: &str) -> Told {
    let not_understood = || Told::Error(format!("not understood: {frame}"));
    let event = item.event.unwrap_or_default();
    if item.frame_type == Some("error") || event.ends_with("error") {
        return Told::Error(frame.to_owned());
    }
    if !event.starts_with("panic-alert.") {
        return Told::Other;
    }
    let by_channel = || item.data.as_ref()?.as_str().and_then(|data| serde_json::from_str::<Alert>(data).ok());
    let Some(Alert { id, status }) = item.partial.or_else(by_channel) else { return not_understood() };
    if item.id.is_some_and(|told| told != id) {
        return not_understood();
    }
    let Some(number) = id.rsplit_once('-').and_then(|(_, number)| number.parse::<usize>().ok()) else {
        return not_understood();
    };
    match (event, status.as_str()) {
        ("panic-alert.triggered", "triggered") => Told::Publish(2 * number),
        ("panic-alert.updated", "resolved") => Told::Publish(2 * number + 1),
        _ => Told::Other,
    }
}

/// A frame that can be handed on in place of any other of its kind.
pub(crate) fn template(frame: &str, place: &str, number: usize) -> String {
    frame.replace(&alert_id(place, number), ID)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn native(event: &str, id: &str, status: &str) -> String {
        json!({"event": event, "seq": 3, "id": id, "partial": {"id": id, "status": status}, "at": "now"}).to_string()
    }

    #[test]
    fn an_alert_and_its_end_have_numbers_of_their_own() {
        let raised = native("panic-alert.triggered", "bench-a-000007", "triggered");
        let ended = native("panic-alert.updated", "bench-a-000007", "resolved");
        let taken = native("panic-alert.updated", "bench-a-000007", "acknowledged");
        assert_eq!(told(&raised), [Told::Publish(14)]);
        assert_eq!(told(&format!("[{ended},{taken}]")), [Told::Publish(15), Told::Other]);
        assert_eq!(alert_id("a", 14), "bench-a-000007");
        assert_eq!(alert_id("a", 15), "bench-a-000007");
    }

    #[test]
    fn channels_carry_the_alert_in_a_text() {
        let data = json!({"id": "bench-a-000001", "status": "triggered"}).to_string();
        let frame = json!({"event": "panic-alert.triggered", "channel": CHANNEL, "data": data}).to_string();
        assert_eq!(told(&frame), [Told::Publish(2)]);
        assert_eq!(told(r#"{"event":"pusher:pong","data":"{}"}"#), [Told::Other]);
        assert!(matches!(told(r#"{"event":"pusher:error","data":{"code":4009}}"#)[..], [Told::Error(_)]));
    }

    #[test]
    fn what_is_no_frame_of_a_desk_is_an_error() {
        assert_eq!(told("pong"), []);
        assert!(matches!(told("what")[..], [Told::Error(_)]));
        assert!(matches!(told(r#"{"event":"panic-alert.triggered","partial":null}"#)[..], [Told::Error(_)]));
        assert!(matches!(told(r#"{"type":"error","error":"forbidden"}"#)[..], [Told::Error(_)]));
    }

    #[test]
    fn a_frame_is_handed_on_with_another_id() {
        let frame = native("panic-alert.triggered", "bench-a-000007", "triggered");
        let raised = template(&frame, "a", 14);
        assert!(!raised.contains("000007"));
        let replay = Replay { path: "/bare/1".to_owned(), place: "b".to_owned(), raised, ended: String::new() };
        let request = replay.publish(4);
        assert_eq!(request.target, "/bare/1/publish");
        assert_eq!(request.body.len(), frame.len());
        assert_eq!(told(&request.body), [Told::Publish(4)]);
    }
}
