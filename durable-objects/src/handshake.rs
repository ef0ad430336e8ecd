//! Handshake of native sockets, shared by all objects that hold them.

use crate::platform;
use campana_core::chat::command::Connect;
use campana_core::shared::close_code::CloseCode;
use campana_core::shared::problem::Problem;
use worker::{Request, Result};

/// Reads the [`Connect`] header. The function that forwarded the request has verified it.
pub(crate) fn connect_of(request: &Request) -> std::result::Result<Connect, Problem> {
    let broken = || Problem::internal("a connection without its particulars");
    let header = request.headers().get(Connect::HEADER).ok().flatten().ok_or_else(broken)?;
    let text = js_sys::decode_uri_component(&header).map_err(|_| broken())?;
    serde_json::from_str(&String::from(text)).map_err(|_| broken())
}

/// Accepts a socket only to send the refusal and close it, since browsers do not expose a refused upgrade.
pub(crate) fn refuse_socket(socket: &worker::WebSocket, problem: &Problem) -> Result<()> {
    socket.accept()?;
    socket.send_with_str(problem.to_frame(None).to_string())?;
    platform::close(socket, CloseCode::refusing(problem.kind));
    Ok(())
}
