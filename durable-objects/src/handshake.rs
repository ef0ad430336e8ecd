//! Handshake of native sockets, shared by all objects that hold them.

use crate::platform::{self, log_failure};
use crate::reclaim::HoldsSessions;
use crate::sockets::HostSocket;
use campana_core::chat::command::Connect;
use campana_core::shared::close_code::CloseCode;
use campana_core::shared::problem::Problem;
use campana_runtime::sockets::Socket;
use std::rc::Rc;
use worker::{Request, Response, WebSocketPair};

/// An object that clients open native sockets at.
pub(crate) trait AdmitsSockets: HoldsSessions {
    /// Name of the handshake in the log.
    const AT: &'static str;
    /// A connection that has passed the checks.
    type Admitted;
    /// Checks a connection. Nothing is awaited after the last check.
    async fn admit(self: &Rc<Self>, connect: Connect) -> Result<Self::Admitted, Problem>;
    /// Adds the session of an accepted socket and sends its welcome.
    fn welcome(self: &Rc<Self>, admitted: Self::Admitted, socket: Rc<dyn Socket>);
}

/// Checks a connection and logs a failure.
pub(crate) async fn admit<O: AdmitsSockets>(
    object: &Rc<O>,
    connect: Result<Connect, Problem>,
) -> Result<O::Admitted, Problem> {
    let connect = connect?;
    let request_id = connect.request_id.clone();
    object.admit(connect).await.inspect_err(|problem| log_failure(O::AT, request_id.as_deref(), problem))
}

/// Opens a socket. A refusal is sent on the socket, which then closes, since browsers do not expose a refused upgrade.
pub(crate) async fn open<O: AdmitsSockets>(object: &Rc<O>, connect: Result<Connect, Problem>, socket: Rc<dyn Socket>) {
    let admitted = admit(object, connect).await;
    match admitted.and_then(|admitted| object.context().host().accept(&*socket).map(|()| admitted)) {
        Err(problem) => {
            let code = CloseCode::refusing(problem.kind);
            socket.refuse(&problem.to_frame(None).to_string(), code.code(), code.reason());
        }
        Ok(admitted) => object.welcome(admitted, socket),
    }
}

/// Serves an upgrade of the platform.
pub(crate) async fn upgrade<O: AdmitsSockets>(object: &Rc<O>, request: &Request) -> worker::Result<Response> {
    let pair = WebSocketPair::new()?;
    open(object, connect_of(request), Rc::new(HostSocket(pair.server))).await;
    platform::upgraded(pair.client, request)
}

/// Reads the [`Connect`] header. The function that forwarded the request has verified it.
pub(crate) fn connect_of(request: &Request) -> Result<Connect, Problem> {
    let header = request.headers().get(Connect::HEADER).ok().flatten().ok_or_else(broken)?;
    let text = js_sys::decode_uri_component(&header).map_err(|_| broken())?;
    read_connect(&String::from(text))
}

/// Parses the decoded [`Connect`] header.
pub(crate) fn read_connect(text: &str) -> Result<Connect, Problem> {
    serde_json::from_str(text).map_err(|_| broken())
}

fn broken() -> Problem {
    Problem::internal("a connection without its particulars")
}
