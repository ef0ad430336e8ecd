//! The protocols under test: Campana's, and the bare one that every baseline speaks.
//!
//! Bare: a client sends `<id> <body>`; everybody else gets the same text, the sender gets `ack <id>`.

use crate::token::Issuer;
use serde::Deserialize;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Error as SocketError;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

/// A client's socket.
pub(crate) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Bytes read from a socket at once: the library's default of 128 KiB is memory that a thousand sockets feel.
const READ_BUFFER_BYTES: usize = 16 * 1024;

/// What is under test, and how to talk to it.
pub(crate) enum Protocol {
    /// `campana.v1` in one conversation.
    Campana {
        /// `ws://host:port`.
        origin: String,
        conversation: String,
        issuer: Issuer,
    },
    /// A server that hands every text to everybody else.
    Bare {
        /// The address of its socket.
        url: String,
    },
}

/// What a frame says, as far as the bench listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Heard {
    /// A message with the id that its sender gave it.
    Message(usize),
    /// A message was taken.
    Ack(usize),
    /// The socket is ready.
    Welcome,
    /// Something was refused, or the frame makes no sense.
    Error(String),
    /// Presence and the like.
    Other,
}

impl Protocol {
    /// Opens the socket of the person `user`. Does not wait for a welcome.
    pub(crate) async fn connect(&self, user: &str) -> Result<Socket, SocketError> {
        let request = match self {
            Self::Campana { origin, conversation, issuer } => {
                let url = format!("{origin}/api/chat/conversations/{conversation}/socket?client_id={user}");
                native(&url, &issuer.token(user))?
            }
            Self::Bare { url } => url.as_str().into_client_request()?,
        };
        connect(request).await
    }

    /// Whether a server says when a socket is ready; otherwise it is once it is open.
    pub(crate) fn welcomes(&self) -> bool {
        matches!(self, Self::Campana { .. })
    }

    /// The frame that sends the message `number`.
    pub(crate) fn message(&self, number: usize, body: &str) -> String {
        match self {
            Self::Campana { .. } => {
                format!(r#"{{"type":"send","client_msg_id":"{number}","body":"{body}"}}"#)
            }
            Self::Bare { .. } => format!("{number} {body}"),
        }
    }

    /// Reads a frame: the number of things it holds may be any.
    pub(crate) fn hear(&self, frame: &str, tell: impl FnMut(Heard)) {
        match self {
            Self::Campana { .. } => hear_campana(frame, tell),
            Self::Bare { .. } => hear_bare(frame, tell),
        }
    }
}

/// Opens the socket at an address.
pub(crate) async fn open(url: &str) -> Result<Socket, SocketError> {
    connect(url.into_client_request()?).await
}

/// Opens a native socket, `campana.v1`, with somebody's token.
pub(crate) async fn open_with(url: &str, token: &str) -> Result<Socket, SocketError> {
    connect(native(url, token)?).await
}

fn native(url: &str, token: &str) -> Result<Request, SocketError> {
    let mut request = url.into_client_request()?;
    let offered = format!("campana.v1, bearer.{token}");
    let value = HeaderValue::try_from(offered).map_err(tokio_tungstenite::tungstenite::http::Error::from)?;
    request.headers_mut().insert("sec-websocket-protocol", value);
    Ok(request)
}

async fn connect(request: Request) -> Result<Socket, SocketError> {
    let config = WebSocketConfig::default().read_buffer_size(READ_BUFFER_BYTES);
    // No delay: a small frame must not wait for the acknowledgement of the one before.
    let (socket, _response) = connect_async_with_config(request, Some(config), true).await?;
    Ok(socket)
}

/// A frame's object. Ids are the bench's own digits, so nothing here ever needs unescaping.
#[derive(Deserialize)]
struct Item<'a> {
    #[serde(rename = "type")]
    frame_type: Option<&'a str>,
    event: Option<&'a str>,
    client_msg_id: Option<&'a str>,
    partial: Option<Partial<'a>>,
}

#[derive(Deserialize)]
struct Partial<'a> {
    client_msg_id: Option<&'a str>,
}

fn hear_campana(frame: &str, mut tell: impl FnMut(Heard)) {
    let items = if frame.starts_with('[') {
        serde_json::from_str::<Vec<Item<'_>>>(frame)
    } else {
        serde_json::from_str::<Item<'_>>(frame).map(|item| vec![item])
    };
    match items {
        Ok(items) => items.into_iter().for_each(|item| tell(meaning(&item, frame))),
        Err(_) => tell(Heard::Error(format!("not understood: {frame}"))),
    }
}

fn meaning(item: &Item<'_>, frame: &str) -> Heard {
    let refused = || Heard::Error(frame.to_owned());
    let number = |id: Option<&str>| id.and_then(|id| id.parse().ok());
    match (item.frame_type, item.event) {
        (Some("ack"), _) => number(item.client_msg_id).map_or_else(refused, Heard::Ack),
        (Some("welcome"), _) => Heard::Welcome,
        (Some("error" | "reset"), _) => refused(),
        (_, Some("message.created")) => {
            let id = item.partial.as_ref().and_then(|partial| partial.client_msg_id);
            number(id).map_or_else(refused, Heard::Message)
        }
        _ => Heard::Other,
    }
}

fn hear_bare(frame: &str, mut tell: impl FnMut(Heard)) {
    let heard = match frame.split_once(' ') {
        Some(("ack", id)) => id.parse().ok().map(Heard::Ack),
        Some((id, _body)) => id.parse().ok().map(Heard::Message),
        None => None,
    };
    tell(heard.unwrap_or_else(|| Heard::Error(format!("not understood: {frame}"))));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(protocol: &Protocol, frame: &str, expected: &[Heard]) {
        let mut heard = Vec::new();
        protocol.hear(frame, |one| heard.push(one));
        assert_eq!(heard, expected);
    }

    fn campana() -> Protocol {
        let issuer = Issuer { tenant: "t".to_owned(), secret: "s".to_owned() };
        Protocol::Campana { origin: String::new(), conversation: String::new(), issuer }
    }

    #[test]
    fn campana_frames_are_one_object_or_an_array() {
        let created = r#"{"event":"message.created","seq":4,"partial":{"client_msg_id":"7","body":"a \"b\""}}"#;
        check(&campana(), created, &[Heard::Message(7)]);
        let ack = r#"{"type":"ack","client_msg_id":"8"}"#;
        check(&campana(), &format!("[{created},{ack}]"), &[Heard::Message(7), Heard::Ack(8)]);
        check(&campana(), r#"{"event":"presence.joined","partial":{"user_id":"1"}}"#, &[Heard::Other]);
        check(&campana(), r#"{"type":"welcome","head":3}"#, &[Heard::Welcome]);
        let error = r#"{"type":"error","client_msg_id":"8"}"#;
        check(&campana(), error, &[Heard::Error(error.to_owned())]);
    }

    #[test]
    fn bare_frames_start_with_the_id() {
        let bare = Protocol::Bare { url: String::new() };
        check(&bare, "12 hello you", &[Heard::Message(12)]);
        check(&bare, "ack 12", &[Heard::Ack(12)]);
        check(&bare, "what", &[Heard::Error("not understood: what".to_owned())]);
    }
}
