//! Panic alerts: native or Pusher dashboards of a tenant's desk, and the requests that raise and resolve an alert. The bare object
//! replays the same frames without a desk.
//!
//! A publish with an even number raises an alert; the next odd number resolves it.

use crate::people;
use crate::protocol::{self, Socket};
use crate::pusher::{self, PublishFrame, Request};
use crate::token::Issuer;
use crate::{BenchError, Result};
use futures_util::StreamExt as _;
use serde::Deserialize;
use serde_json::{Value, json};
use std::cell::Cell;
use tokio_tungstenite::tungstenite::Message;

/// Placeholder of an alert's id in replayed frames.
const ID: &str = "{id}";
const CHANNEL: &str = "private-panic-alerts";
const ALERTS: &str = "/api/security/alerts";
/// Number of the user who raises the alerts and has no dashboard.
const CALLER: usize = 0;

/// A tenant's desk.
pub(crate) struct Desk {
    pub(crate) issuer: Issuer,
    /// Makes the alert ids of a run unique.
    pub(crate) run_id: String,
    pub(crate) transport: Transport,
    /// Number of connected dashboards.
    pub(crate) dashboards: Cell<usize>,
}

/// Transport of the dashboards.
pub(crate) enum Transport {
    Native,
    /// The Pusher protocol, with this app's key.
    Channel {
        key: String,
    },
}

/// Frames of a desk that a bare object replays.
pub(crate) struct Replay {
    /// Path of its sockets.
    pub(crate) path: String,
    pub(crate) run_id: String,
    /// Frame of a raised alert, with [`ID`] as its id.
    pub(crate) raised: String,
    /// Frame of its end.
    pub(crate) ended: String,
}

/// Id of the alert that the publish with this number raises or resolves.
fn alert_id(run_id: &str, number: usize) -> String {
    format!("bench-{run_id}-{:06}", number / 2)
}

fn is_raised(number: usize) -> bool {
    number.is_multiple_of(2)
}

impl Desk {
    /// Connects a dashboard; resolves after its snapshot.
    pub(crate) async fn join(&self, authority: &str) -> Result<Socket> {
        self.dashboards.set(self.dashboards.get() + 1);
        let token = self.guard(self.dashboards.get());
        match &self.transport {
            Transport::Native => {
                let mut socket = protocol::open_with(&format!("ws://{authority}{ALERTS}/socket"), &token).await?;
                let shown = |frame: &Item<'_>| frame.frame_type == Some("alerts") && frame.complete == Some(true);
                while !frames_of(&mut socket).await?.iter().any(|text| items(text).iter().any(shown)) {}
                Ok(socket)
            }
            Transport::Channel { key } => pusher::listen(authority, key, CHANNEL, &token).await,
        }
    }

    fn guard(&self, number: usize) -> String {
        self.issuer.token_with(&people::name(number), &["view_panic_alerts"])
    }

    /// The request that raises or resolves an alert.
    pub(crate) fn publish(&self, number: usize, filling: &str) -> Request {
        let id = alert_id(&self.run_id, number);
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

    /// The ping of a silent client.
    pub(crate) fn ping(&self) -> &'static str {
        match self.transport {
            Transport::Native => "ping",
            Transport::Channel { .. } => crate::pusher::PING,
        }
    }
}

impl Replay {
    /// The request that replays a frame.
    pub(crate) fn publish(&self, number: usize) -> Request {
        let frame = if is_raised(number) { &self.raised } else { &self.ended };
        let body = frame.replace(ID, &alert_id(&self.run_id, number));
        Request { target: format!("{}/publish", self.path), body, token: None }
    }
}

/// Frames of the next message.
async fn frames_of(socket: &mut Socket) -> Result<Vec<String>> {
    match socket.next().await {
        Some(Ok(Message::Text(text))) => Ok(vec![text.to_string()]),
        Some(Ok(_)) => Ok(Vec::new()),
        other => Err(BenchError::NotWelcomed(format!("{other:?}"))),
    }
}

/// The fields of a frame that the bench reads.
#[derive(Deserialize)]
struct Item<'a> {
    #[serde(rename = "type")]
    frame_type: Option<&'a str>,
    complete: Option<bool>,
    event: Option<&'a str>,
    id: Option<&'a str>,
    partial: Option<Alert>,
    /// Pusher protocol: the alert as a JSON string.
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

/// Parses a desk's frame, which may contain several.
pub(crate) fn parse(frame: &str) -> Vec<PublishFrame> {
    let items = items(frame);
    if items.is_empty() && frame != "pong" {
        return vec![PublishFrame::Error(format!("not understood: {frame}"))];
    }
    items.into_iter().map(|item| content_of(item, frame)).collect()
}

fn content_of(item: Item<'_>, frame: &str) -> PublishFrame {
    let not_understood = || PublishFrame::Error(format!("not understood: {frame}"));
    let event = item.event.unwrap_or_default();
    if item.frame_type == Some("error") || event.ends_with("error") {
        return PublishFrame::Error(frame.to_owned());
    }
    if !event.starts_with("panic-alert.") {
        return PublishFrame::Other;
    }
    let by_channel = || item.data.as_ref()?.as_str().and_then(|data| serde_json::from_str::<Alert>(data).ok());
    let Some(Alert { id, status }) = item.partial.or_else(by_channel) else { return not_understood() };
    if item.id.is_some_and(|outer| outer != id) {
        return not_understood();
    }
    let Some(number) = id.rsplit_once('-').and_then(|(_, number)| number.parse::<usize>().ok()) else {
        return not_understood();
    };
    match (event, status.as_str()) {
        ("panic-alert.triggered", "triggered") => PublishFrame::Publish(2 * number),
        ("panic-alert.updated", "resolved") => PublishFrame::Publish(2 * number + 1),
        _ => PublishFrame::Other,
    }
}

/// A frame with its id replaced by the placeholder.
pub(crate) fn template(frame: &str, run_id: &str, number: usize) -> String {
    frame.replace(&alert_id(run_id, number), ID)
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
        assert_eq!(parse(&raised), [PublishFrame::Publish(14)]);
        assert_eq!(parse(&format!("[{ended},{taken}]")), [PublishFrame::Publish(15), PublishFrame::Other]);
        assert_eq!(alert_id("a", 14), "bench-a-000007");
        assert_eq!(alert_id("a", 15), "bench-a-000007");
    }

    #[test]
    fn channel_frames_have_the_alert_as_a_json_string() {
        let data = json!({"id": "bench-a-000001", "status": "triggered"}).to_string();
        let frame = json!({"event": "panic-alert.triggered", "channel": CHANNEL, "data": data}).to_string();
        assert_eq!(parse(&frame), [PublishFrame::Publish(2)]);
        assert_eq!(parse(r#"{"event":"pusher:pong","data":"{}"}"#), [PublishFrame::Other]);
        assert!(matches!(parse(r#"{"event":"pusher:error","data":{"code":4009}}"#)[..], [PublishFrame::Error(_)]));
    }

    #[test]
    fn unknown_text_is_an_error() {
        assert_eq!(parse("pong"), []);
        assert!(matches!(parse("nonsense")[..], [PublishFrame::Error(_)]));
        assert!(matches!(parse(r#"{"event":"panic-alert.triggered","partial":null}"#)[..], [PublishFrame::Error(_)]));
        assert!(matches!(parse(r#"{"type":"error","error":"forbidden"}"#)[..], [PublishFrame::Error(_)]));
    }

    #[test]
    fn a_frame_is_replayed_with_another_id() {
        let frame = native("panic-alert.triggered", "bench-a-000007", "triggered");
        let raised = template(&frame, "a", 14);
        assert!(!raised.contains("000007"));
        let replay = Replay { path: "/bare/1".to_owned(), run_id: "b".to_owned(), raised, ended: String::new() };
        let request = replay.publish(4);
        assert_eq!(request.target, "/bare/1/publish");
        assert_eq!(request.body.len(), frame.len());
        assert_eq!(parse(&request.body), [PublishFrame::Publish(4)]);
    }
}
