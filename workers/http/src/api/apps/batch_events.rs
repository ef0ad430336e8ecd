//! `POST /apps/{id}/batch_events`: publishes several events, each on its own channel. All are validated before the
//! first is published.

use super::backend::Backend;
use super::channel_params::{EventParams, channel, text};
use super::fault::{Fault, Outcome};
use super::info::Info;
use super::publishing::publish;
use crate::response::json_text;
use axum::http::StatusCode;
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::event::Publication;
use campana_core::pusher::settings::PusherSettings;
use campana_core::shared::json::set;
use serde_json::{Value, json};

pub(super) async fn handle(backend: Backend) -> Outcome {
    let fields = backend.json()?;
    let Some(Value::Array(batch)) = fields.get("batch") else { return Err(Fault::bad("batch is not a list")) };
    let settings = &backend.record.pusher;
    if batch.is_empty() {
        return Err(Fault::bad("The batch is empty"));
    }
    if batch.len() > settings.batch_events as usize {
        // Pusher's libraries recognize the case by the first words.
        return Err(Fault::bad(format!("Batch too large: it has at most {} events", settings.batch_events)));
    }
    let read = batch.iter().map(|event| read(event, settings));
    let (events, infos): (Vec<Publication>, Vec<Info>) = read.collect::<Result<Vec<_>, _>>()?.into_iter().unzip();
    let is_asked = infos.iter().any(|info| info.is_some());
    let channels: Vec<ChannelName> = events.iter().map(|event| event.channel.clone()).collect();
    let states = publish(&backend.app, &backend.record.app_config(), events, is_asked).await?;
    let mut answer = json!({});
    if is_asked {
        let attributes = infos.iter().zip(&channels).zip(&states);
        let attributes = attributes.map(|((info, channel), state)| Value::Object(info.of(channel, state)));
        set(&mut answer, "batch", attributes.collect::<Value>());
    }
    Ok(json_text(StatusCode::OK, answer.to_string()))
}

fn read(event: &Value, settings: &PusherSettings) -> Result<(Publication, Info), Fault> {
    let fields = event.as_object().ok_or_else(|| Fault::bad("An event of the batch is not an object"))?;
    let params = EventParams::read(fields, settings)?;
    let channel = channel(text(fields, "channel")?.ok_or_else(|| Fault::bad("channel is missing"))?, settings)?;
    Ok((params.on(&channel), params.info))
}

#[cfg(feature = "schema")]
pub(super) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Security, Tag};
    operation
        .named("publishBatch", Tag::PusherBackends, "Publish several events")
        .about("All are checked before the first is published.")
        .by(Security::BackendWithBody)
        .body::<super::described::Batch>(true)
        .sends(json!({"batch": [{"name": "price", "channel": "news", "data": "{\"amount\":7}"}]}))
        .answers::<super::described::BatchPublished>(200, "The events are published.", json!({}));
}
