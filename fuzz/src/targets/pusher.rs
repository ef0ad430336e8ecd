//! Frames of Pusher clients, and the people that signed data names.

use super::text;
use campana_core::pusher::channel::MAX_CHANNEL_CHARS;
use campana_core::pusher::event::MAX_EVENT_CHARS;
use campana_core::pusher::frame::{
    ClientFrame, MAX_PERSON_BYTES, MAX_USER_INFO_BYTES, MAX_WATCHLIST, Subscription, listener, signed_in,
};
use campana_core::shared::ids::UserId;
use serde_json::value::RawValue;
use serde_json::{Value, json};

pub(crate) fn frames(data: &[u8]) {
    let Some(text) = text(data) else { return };
    let frame = match ClientFrame::parse(text) {
        Ok(frame) => frame,
        Err(fault) => {
            let frame: Value = serde_json::from_str(&fault.to_frame()).expect("an error frame is JSON");
            return assert_eq!(frame["event"], "pusher:error");
        }
    };
    for is_text in [false, true] {
        let written = written(&frame, is_text);
        assert_eq!(ClientFrame::parse(&written).as_ref(), Ok(&frame), "{written}");
    }
    match &frame {
        ClientFrame::Subscribe(subscription) => {
            assert!(subscription.channel.as_str().len() <= MAX_CHANNEL_CHARS);
            assert!(subscription.channel_data.as_ref().is_none_or(|data| data.len() <= MAX_PERSON_BYTES));
            assert!(subscription.signed_channel_data().is_none_or(|data| data.len() <= MAX_PERSON_BYTES));
            let named = subscription.named_listener();
            assert!(named.is_none() || subscription.channel.needs_signature());
        }
        ClientFrame::Event(event) => {
            assert!(event.event.starts_with("client-") && event.event.chars().count() <= MAX_EVENT_CHARS);
            assert!(serde_json::from_str::<&RawValue>(&event.data).is_ok(), "the data is JSON");
        }
        ClientFrame::SignIn { user_data, .. } => assert!(user_data.len() <= MAX_PERSON_BYTES),
        ClientFrame::Unsubscribe(_) | ClientFrame::Ping | ClientFrame::Pong => {}
    }
}

/// A frame, with its data as an object or as a text that contains one.
fn written(frame: &ClientFrame, is_text: bool) -> String {
    let (event, data) = match frame {
        ClientFrame::Ping => ("pusher:ping", json!({})),
        ClientFrame::Pong => ("pusher:pong", json!({})),
        ClientFrame::Subscribe(Subscription { channel, auth, channel_data }) => {
            ("pusher:subscribe", json!({"channel": channel, "auth": auth, "channel_data": channel_data}))
        }
        ClientFrame::Unsubscribe(channel) => ("pusher:unsubscribe", json!({"channel": channel})),
        ClientFrame::SignIn { auth, user_data } => ("pusher:signin", json!({"auth": auth, "user_data": user_data})),
        ClientFrame::Event(event) => {
            let (name, channel) = (json!(event.event), json!(event.channel));
            return format!(r#"{{"event":{name},"channel":{channel},"data":{}}}"#, event.data);
        }
    };
    let data = if is_text { Value::from(data.to_string()) } else { data };
    json!({"event": event, "data": data}).to_string()
}

pub(crate) fn people(data: &[u8]) {
    let Some(text) = text(data) else { return };
    if let Ok(named) = listener(text) {
        assert!(UserId::parse(named.user.as_str()).is_some());
        assert!(named.info.as_ref().is_none_or(|info| info.len() <= MAX_USER_INFO_BYTES));
        let info = named.info.clone().unwrap_or_else(|| "null".to_owned());
        let expires_at = json!(named.expires_at_ms);
        let written = format!(r#"{{"user_id":{},"user_info":{info},"expires_at":{expires_at}}}"#, named.id_json());
        assert_eq!(listener(&written).as_ref(), Ok(&named), "{written}");
    }
    if let Ok(known) = signed_in(text) {
        assert!(known.watchlist.len() <= MAX_WATCHLIST);
        let info = known.info.clone().unwrap_or_else(|| "null".to_owned());
        let (id, watchlist, expires_at) = (json!(known.user), json!(known.watchlist), json!(known.expires_at_ms));
        let info = if known.info.is_some() { format!(r#","user_info":{info}"#) } else { String::new() };
        let written = format!(r#"{{"id":{id},"watchlist":{watchlist},"expires_at":{expires_at}{info}}}"#);
        assert_eq!(signed_in(&written).as_ref(), Ok(&known), "{written}");
    }
}
