//! Opening of a socket.

use super::client::Attachment;
use super::{Object, listing};
use crate::{platform, quota_reporter};
use campana_core::pusher::code::{Code, error_frame};
use campana_core::pusher::frame::connection_established;
use campana_core::pusher::link::Attach;
use campana_core::shared::problem::{Kind, Problem};
use campana_core::shared::socket_id::SocketId;
use std::rc::Rc;
use worker::{Request, Response, Result, WebSocketPair};

/// Accepts a socket. 503 if the gateway is full.
pub(super) async fn attach(object: &Rc<Object>, request: &Request) -> Result<Response> {
    let attach = match attach_of(request) {
        Ok(attach) => attach,
        Err(problem) => return platform::problem_response(&problem),
    };
    let capacity = usize::try_from(attach.app_config.pusher.sockets_per_gateway).unwrap_or(usize::MAX);
    let is_full = || object.clients.borrow_mut().is_full(capacity, object.context.now());
    if is_full() {
        return Response::error("full", 503);
    }
    let pair = WebSocketPair::new()?;
    let socket_id = SocketId::new(object.context.random().map_err(|problem| worker::Error::from(problem.detail))?);
    let prepared = prepare(object, &attach).await;
    // Nothing is awaited after this.
    if is_full() {
        return Response::error("full", 503);
    }
    let admitted = prepared.and_then(|()| quota_reporter::admit(object, None));
    match admitted.and_then(|()| platform::accept(&object.state, &pair.server)) {
        Ok(()) => {
            let now = object.context.now();
            let attachment = Attachment::new(socket_id.clone(), now);
            let client = object.clients.borrow_mut().add(pair.server.clone(), attachment, object.bursts(), now);
            client.persist();
            client.send(&connection_established(&socket_id, attach.app_config.pusher.activity_timeout_s));
            object.arm_for_clients();
            quota_reporter::opened(object, client.id, None);
        }
        Err(problem) => {
            platform::log_failure("gateway.attach", attach.request_id.as_deref(), &problem);
            let code = if problem.kind == Kind::TooManySockets { Code::OverQuota } else { Code::OverCapacity };
            pair.server.accept()?;
            pair.server.send_with_str(error_frame(Some(code), code.message()))?;
            pair.server.close(Some(code.number()), Some(code.message()))?;
        }
    }
    Response::from_websocket(pair.client)
}

/// Stores the gateway's name and settings, and lists it in the record.
async fn prepare(object: &Rc<Object>, attach: &Attach) -> std::result::Result<(), Problem> {
    object.remember(&attach.app_config, &attach.gateway)?;
    listing::list(object).await
}

fn attach_of(request: &Request) -> std::result::Result<Attach, Problem> {
    let header = request.headers().get(Attach::HEADER).ok().flatten().ok_or_else(Problem::not_found)?;
    let text = js_sys::decode_uri_component(&header).map(String::from).map_err(|_| Problem::not_found())?;
    serde_json::from_str(&text).map_err(|_| Problem::new(Kind::Internal, "a connection of another version"))
}
