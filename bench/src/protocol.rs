//! The protocols under test: Campana's, and the bare protocol of the baselines.
//!
//! Bare: a client sends `<id> <body>`; all other clients get the same text, the sender gets `ack <id>`.

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

/// Bytes read from a socket at once: the library's default of 128 KiB is 128 MiB for 1,000 sockets.
const READ_BUFFER_BYTES: usize = 16 * 1024;

/// A protocol with the server's address.
pub(crate) enum Protocol {
    /// `campana.v1` in one conversation.
    Campana {
        /// `ws://host:port`.
        origin: String,
        conversation: String,
        issuer: Issuer,
    },
    /// A server that sends every text to all other clients.
    Bare {
        /// The address of its socket.
        url: String,
    },
}

/// Content of a chat frame that the bench uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ChatFrame {
    /// A message with the id that its sender gave it.
    Message(usize),
    /// A message was acknowledged.
    Ack(usize),
    /// The socket is ready.
    Welcome,
    /// A refusal, or an unknown frame.
    Error(String),
    /// Any other event, for example presence.
    Other,
}

impl Protocol {
    /// Opens the socket of the user `user`. Does not wait for a welcome.
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

    /// Whether the server sends a welcome when a socket is ready; otherwise it is ready once open.
    pub(crate) fn welcomes(&self) -> bool {
        matches!(self, Self::Campana { .. })
    }

    /// The frame that sends message `number`.
    pub(crate) fn message(&self, number: usize, body: &str) -> String {
        match self {
            Self::Campana { .. } => {
                format!(r#"{{"type":"send","client_msg_id":"{number}","body":"{body}"}}"#)
            }
            Self::Bare { .. } => format!("{number} {body}"),
        }
    }

    /// Parses a frame and passes each of its contents to `emit`.
    pub(crate) fn parse(&self, frame: &str, emit: impl FnMut(ChatFrame)) {
        match self {
            Self::Campana { .. } => parse_campana(frame, emit),
            Self::Bare { .. } => parse_bare(frame, emit),
        }
    }
}

/// Opens the socket at an address.
pub(crate) async fn open(url: &str) -> Result<Socket, SocketError> {
    connect(url.into_client_request()?).await
}

/// Opens a native socket, `campana.v1`, with a user's token.
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

/// The objects of a frame of `campana.v1`, which is one of them or an array.
pub(crate) fn items<'a, T: Deserialize<'a>>(frame: &'a str) -> serde_json::Result<Vec<T>> {
    if frame.starts_with('[') {
        serde_json::from_str(frame)
    } else {
        serde_json::from_str(frame).map(|item| vec![item])
    }
}

fn parse_campana(frame: &str, mut emit: impl FnMut(ChatFrame)) {
    match items::<Item<'_>>(frame) {
        Ok(items) => items.into_iter().for_each(|item| emit(content_of(&item, frame))),
        Err(_) => emit(ChatFrame::Error(format!("not understood: {frame}"))),
    }
}

fn content_of(item: &Item<'_>, frame: &str) -> ChatFrame {
    let refused = || ChatFrame::Error(frame.to_owned());
    let number = |id: Option<&str>| id.and_then(|id| id.parse().ok());
    match (item.frame_type, item.event) {
        (Some("ack"), _) => number(item.client_msg_id).map_or_else(refused, ChatFrame::Ack),
        (Some("welcome"), _) => ChatFrame::Welcome,
        (Some("error" | "reset"), _) => refused(),
        (_, Some("message.created")) => {
            let id = item.partial.as_ref().and_then(|partial| partial.client_msg_id);
            number(id).map_or_else(refused, ChatFrame::Message)
        }
        _ => ChatFrame::Other,
    }
}

fn parse_bare(frame: &str, mut emit: impl FnMut(ChatFrame)) {
    let contents = match frame.split_once(' ') {
        Some(("ack", id)) => id.parse().ok().map(ChatFrame::Ack),
        Some((id, _body)) => id.parse().ok().map(ChatFrame::Message),
        None => None,
    };
    emit(contents.unwrap_or_else(|| ChatFrame::Error(format!("not understood: {frame}"))));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(protocol: &Protocol, frame: &str, expected: &[ChatFrame]) {
        let mut contents = Vec::new();
        protocol.parse(frame, |one| contents.push(one));
        assert_eq!(contents, expected);
    }

    fn campana() -> Protocol {
        let issuer = Issuer { tenant: "t".to_owned(), secret: "s".to_owned() };
        Protocol::Campana { origin: String::new(), conversation: String::new(), issuer }
    }

    #[test]
    fn campana_frames_are_one_object_or_an_array() {
        let created = r#"{"event":"message.created","seq":4,"partial":{"client_msg_id":"7","body":"a \"b\""}}"#;
        check(&campana(), created, &[ChatFrame::Message(7)]);
        let ack = r#"{"type":"ack","client_msg_id":"8"}"#;
        check(&campana(), &format!("[{created},{ack}]"), &[ChatFrame::Message(7), ChatFrame::Ack(8)]);
        check(&campana(), r#"{"event":"presence.joined","partial":{"user_id":"1"}}"#, &[ChatFrame::Other]);
        check(&campana(), r#"{"type":"welcome","head":3}"#, &[ChatFrame::Welcome]);
        let error = r#"{"type":"error","client_msg_id":"8"}"#;
        check(&campana(), error, &[ChatFrame::Error(error.to_owned())]);
    }

    #[test]
    fn bare_frames_start_with_the_id() {
        let bare = Protocol::Bare { url: String::new() };
        check(&bare, "12 hello you", &[ChatFrame::Message(12)]);
        check(&bare, "ack 12", &[ChatFrame::Ack(12)]);
        check(&bare, "nonsense", &[ChatFrame::Error("not understood: nonsense".to_owned())]);
    }
}
