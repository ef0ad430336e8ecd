//! Validation of an event that a backend wants to publish.

use super::fault::Fault;
use super::info::Info;
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::event::Publication;
use campana_core::pusher::settings::PusherSettings;
use campana_core::shared::socket_id::SocketId;
use serde_json::{Map, Value};

/// An event without its channel.
#[derive(Debug)]
pub(super) struct EventParams {
    name: String,
    data: String,
    except: Option<SocketId>,
    /// Channel attributes requested with `info`.
    pub(super) info: Info,
}

impl EventParams {
    /// Parses the fields. 413 if the payload exceeds the app's limit, 400 for any other error.
    pub(super) fn read(fields: &Map<String, Value>, settings: &PusherSettings) -> Result<Self, Fault> {
        let name = text(fields, "name")?.ok_or_else(|| Fault::bad("name is missing"))?;
        if name.is_empty() || !settings.allows_event(name) {
            return Err(Fault::bad(format!("name has 1 to {} characters", settings.event_name_chars)));
        }
        let data = text(fields, "data")?.ok_or_else(|| Fault::bad("data is missing"))?;
        let most = settings.payload_bytes;
        if data.len() > most as usize {
            // Pusher's libraries recognize the case by some of these words.
            return Err(Fault::too_large(format!(
                "The data content of this event is larger than the allowed {most} bytes"
            )));
        }
        let socket = text(fields, "socket_id")?.map(SocketId::parse);
        if socket == Some(None) {
            return Err(Fault::bad("socket_id is not of the form <number>.<number>"));
        }
        let info = Info::parse(text(fields, "info")?)?;
        Ok(Self { name: name.to_owned(), data: data.to_owned(), except: socket.flatten(), info })
    }

    /// The event on a channel.
    pub(super) fn on(&self, channel: &ChannelName) -> Publication {
        let Self { name, data, except, .. } = self;
        Publication { channel: channel.clone(), event: name.clone(), data: data.clone(), except: except.clone() }
    }
}

/// An optional string field. 400 for another type.
pub(super) fn text<'a>(fields: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, Fault> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Fault::bad(format!("{name} is not a string"))),
    }
}

/// Parses a channel name. 400 if it is invalid or longer than the app allows.
pub(super) fn channel(name: &str, settings: &PusherSettings) -> Result<ChannelName, Fault> {
    ChannelName::parse(name).filter(|name| settings.allows_channel(name)).ok_or_else(|| {
        let most = settings.channel_name_chars;
        Fault::bad(format!("A channel's name has 1 to {most} characters of A-Z a-z 0-9 _ - = @ , . ;"))
    })
}
