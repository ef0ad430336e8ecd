//! Handshake of native sockets, shared by all objects that hold them.

use crate::platform::log_failure;
use crate::reclaim::HoldsSessions;
use campana_core::chat::command::Connect;
use campana_core::shared::close_code::CloseCode;
use campana_core::shared::problem::Problem;
use campana_runtime::sockets::Socket;
use std::rc::Rc;

/// Text of native sockets that the host answers, and the answer.
pub(crate) const PING: (&str, &str) = ("ping", "pong");

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

/// Checks a connection, from the JSON of its [`Connect`] header, and logs a failure.
pub(crate) async fn admit<O: AdmitsSockets>(object: &Rc<O>, connect: &str) -> Result<O::Admitted, Problem> {
    let connect: Connect =
        serde_json::from_str(connect).map_err(|_| Problem::internal("a connection of another version"))?;
    let request_id = connect.request_id.clone();
    let (user, client_id) = (connect.principal.user_id.clone(), connect.client_id.clone());
    let admitted = AdmitsSockets::admit(object, connect).await;
    let traces = &object.subscriptions().traces;
    if !traces.is_empty() {
        traces.native_connection(&user, client_id.as_ref(), admitted.as_ref().map(drop));
    }
    admitted.inspect_err(|problem| log_failure(O::AT, request_id.as_deref(), problem))
}

/// Opens a socket. A refusal is sent on the socket, which then closes, since browsers do not expose a refused upgrade.
pub(crate) async fn open<O: AdmitsSockets>(object: &Rc<O>, connect: &str, socket: Rc<dyn Socket>) {
    let admitted = admit(object, connect).await;
    match admitted.and_then(|admitted| object.context().host().accept(&*socket).map(|()| admitted)) {
        Err(problem) => {
            let code = CloseCode::refusing(problem.kind);
            socket.refuse(&problem.to_frame(None).to_string(), code.code(), code.reason());
        }
        Ok(admitted) => object.welcome(admitted, socket),
    }
}
