//! Handshake of native sockets, shared by all objects that hold them.

use crate::platform;
use crate::sockets::HostSocket;
use campana_core::chat::command::Connect;
use campana_core::shared::close_code::CloseCode;
use campana_core::shared::problem::Problem;
use campana_runtime::sockets::Socket;
use std::rc::Rc;
use worker::{Request, Response, Result, WebSocketPair};

/// Serves an upgrade: `open` accepts or refuses the new socket.
pub(crate) async fn upgrade(
    request: &Request,
    open: impl AsyncFnOnce(std::result::Result<Connect, Problem>, Rc<dyn Socket>),
) -> Result<Response> {
    let pair = WebSocketPair::new()?;
    open(connect_of(request), Rc::new(HostSocket(pair.server))).await;
    platform::upgraded(pair.client, request)
}

/// Reads the [`Connect`] header. The function that forwarded the request has verified it.
pub(crate) fn connect_of(request: &Request) -> std::result::Result<Connect, Problem> {
    let header = request.headers().get(Connect::HEADER).ok().flatten().ok_or_else(broken)?;
    let text = js_sys::decode_uri_component(&header).map_err(|_| broken())?;
    read_connect(&String::from(text))
}

/// Parses the decoded [`Connect`] header.
pub(crate) fn read_connect(text: &str) -> std::result::Result<Connect, Problem> {
    serde_json::from_str(text).map_err(|_| broken())
}

fn broken() -> Problem {
    Problem::internal("a connection without its particulars")
}

/// Accepts a socket only to send the refusal and close it, since browsers do not expose a refused upgrade.
pub(crate) fn refuse_socket(socket: &dyn Socket, problem: &Problem) {
    socket.refuse(&problem.to_frame(None).to_string(), CloseCode::refusing(problem.kind));
}
