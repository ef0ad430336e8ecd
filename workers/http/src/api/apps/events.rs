//! `POST /apps/{id}/events`: publishes an event on one or more channels.

use super::backend::Backend;
use super::channel_params::{EventParams, channel, text};
use super::fault::{Fault, Outcome};
use super::publishing::publish;
use crate::response::json_text;
use axum::http::StatusCode;
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::event::Publication;
use campana_core::pusher::settings::PusherSettings;
use campana_core::shared::json::set;
use serde_json::{Map, Value, json};

pub(super) async fn handle(backend: Backend) -> Outcome {
    let fields = backend.json()?;
    let params = EventParams::read(&fields, &backend.record.pusher)?;
    let channels = channels(&fields, &backend.record.pusher)?;
    let events: Vec<Publication> = channels.iter().map(|channel| params.on(channel)).collect();
    let states = publish(&backend.app, &backend.record.app_config(), events, params.info.is_some()).await?;
    let mut answer = json!({});
    if params.info.is_some() {
        let attributes = channels.iter().zip(&states);
        let attributes: Map<_, _> =
            attributes.map(|(name, state)| (name.to_string(), params.info.of(name, state).into())).collect();
        set(&mut answer, "channels", attributes);
    }
    Ok(json_text(StatusCode::OK, answer.to_string()))
}

/// Reads `channels` without duplicates, or `channel` for a single one. Both are validated, and `channels` takes precedence
/// if both are present, as in Reverb and Soketi.
fn channels(fields: &Map<String, Value>, settings: &PusherSettings) -> Result<Vec<ChannelName>, Fault> {
    let single = text(fields, "channel")?.map(|name| channel(name, settings)).transpose()?;
    let names: &[Value] = match fields.get("channels") {
        Some(Value::Array(names)) => names,
        None | Some(Value::Null) => {
            return single.map(|name| vec![name]).ok_or_else(|| Fault::bad("channels is missing"));
        }
        Some(_) => return Err(not_a_list_of_strings()),
    };
    let names: Vec<&str> = names.iter().map(Value::as_str).collect::<Option<_>>().ok_or_else(not_a_list_of_strings)?;
    if names.is_empty() {
        return Err(Fault::bad("channels is empty"));
    }
    let most = settings.channels_per_publish;
    if names.len() > most as usize {
        return Err(Fault::bad(format!("An event goes to at most {most} channels")));
    }
    let mut channels = Vec::with_capacity(names.len());
    for name in names {
        let name = channel(name, settings)?;
        if !channels.contains(&name) {
            channels.push(name);
        }
    }
    Ok(channels)
}

fn not_a_list_of_strings() -> Fault {
    Fault::bad("channels is not a list of strings")
}

#[cfg(feature = "schema")]
pub(super) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Security, Tag};
    operation
        .named("publishEvent", Tag::PusherBackends, "Publish an event")
        .about("On one or several channels.")
        .by(Security::BackendWithBody)
        .body::<super::described::Event>(true)
        .sends(json!({"name": "price", "channels": ["news"], "data": "{\"amount\":7}"}))
        .answers::<super::described::Published>(200, "The event is published.", json!({}));
}
