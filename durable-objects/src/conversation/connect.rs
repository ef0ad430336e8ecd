//! Opening a connection: a native socket, or a stream of events.

use super::{Object, frames};
use crate::attachment::Attachment;
use crate::platform;
use crate::sessions::{Link, Session};
use crate::teller::{self, Seat};
use campana_core::close_code::CloseCode;
use campana_core::command::{Connect, Membership};
use campana_core::conversation::{Actor, validate_client_id};
use campana_core::limits::MAX_ONLINE_LISTED;
use campana_core::policy::Action;
use campana_core::problem::{Kind, Problem};
use campana_core::wire::{ServerFrame, You};
use futures_util::StreamExt;
use std::rc::Rc;
use worker::{Request, Response, Result, WebSocketPair};

/// Sockets that an object can hold at most, a little below the platform's own limit.
const MAX_SOCKETS: usize = 32_000;
/// Chunks an event stream may have unread before its reader is dropped.
const STREAM_BUFFER: usize = 1_024;

/// Reads who connects; the function before us has verified it.
pub(crate) fn connect_of(request: &Request) -> std::result::Result<Connect, Problem> {
    let broken = || Problem::new(Kind::Internal, "a connection without its particulars");
    let header = request.headers().get(Connect::HEADER).ok().flatten().ok_or_else(broken)?;
    let text = js_sys::decode_uri_component(&header).map_err(|_| broken())?;
    serde_json::from_str(&String::from(text)).map_err(|_| broken())
}

/// Opens a socket. A refusal is told on the socket and then closes it, since browsers show nothing of a
/// refused upgrade.
pub(super) async fn socket(object: &Rc<Object>, request: &Request) -> Result<Response> {
    let pair = WebSocketPair::new()?;
    match admit(object, request).await {
        Err(problem) => refuse_socket(&pair.server, &problem)?,
        Ok(admitted) => {
            object.state.accept_web_socket(&pair.server);
            welcome(object, admitted, Link::Socket(pair.server.clone()));
        }
    }
    platform::upgraded(pair.client, request)
}

/// Tells a refusal over a socket that is opened for nothing else.
pub(crate) fn refuse_socket(socket: &worker::WebSocket, problem: &Problem) -> Result<()> {
    socket.accept()?;
    socket.send_with_str(problem.to_frame(None).to_string())?;
    platform::close(socket, CloseCode::refusing(problem.kind));
    Ok(())
}

/// Opens a stream of server-sent events on the same log, for clients that cannot hold a socket.
pub(super) async fn events(object: &Rc<Object>, request: &Request) -> Result<Response> {
    let admitted = match admit(object, request).await {
        Ok(admitted) => admitted,
        Err(problem) => return platform::problem_response(&problem),
    };
    let (sender, receiver) = futures_channel::mpsc::channel(STREAM_BUFFER);
    let session = welcome(object, admitted, Link::Events(sender.into()));
    keep_alive(object, session);
    let response = Response::from_stream(receiver.map(Ok::<_, worker::Error>))?;
    response.headers().set("content-type", "text/event-stream; charset=utf-8")?;
    response.headers().set("cache-control", "no-store")?;
    response.headers().set("x-accel-buffering", "no")?;
    Ok(response)
}

/// Somebody who may come in.
struct Admitted {
    connect: Connect,
    membership: Membership,
    /// Room for the connection, if the app's is limited.
    seat: Option<Seat>,
}

async fn admit(object: &Rc<Object>, request: &Request) -> std::result::Result<Admitted, Problem> {
    let connect = connect_of(request)?;
    let request_id = connect.request_id.clone();
    admit_person(object, connect).await.inspect_err(|problem| {
        platform::log_failure("conversation.connect", request_id.as_deref(), problem);
    })
}

async fn admit_person(object: &Rc<Object>, connect: Connect) -> std::result::Result<Admitted, Problem> {
    let conversation = connect.conversation_id.as_ref().ok_or_else(Problem::not_found)?;
    object.load(&connect.principal.tenant, conversation, &connect.limits).await?;
    if let Some(id) = &connect.client_id {
        validate_client_id("client_id", id)?;
    }
    let mut membership = authorize(object, &connect).await?;
    let seat = teller::enter(object, &connect.principal.user_id).await?;
    if seat.is_some() {
        // They may have been removed while they waited.
        membership = authorize(object, &connect).await?;
    }
    Ok(Admitted { connect, membership, seat })
}

/// Whether the person may come in and the conversation has room. Nothing is awaited after what is checked last.
async fn authorize(object: &Rc<Object>, connect: &Connect) -> std::result::Result<Membership, Problem> {
    let user = &connect.principal.user_id;
    let membership = object.membership(user).await?;
    let actor = Actor { principal: &connect.principal, membership: membership.as_ref(), origin_client_id: None };
    object.with(|loaded| loaded.rules.authorize(actor, Action::ViewConversation, platform::now()))?;
    let sessions = object.sessions.borrow();
    if sessions.count_of(user) >= connect.limits.sockets_per_user {
        let detail = format!("at most {} open here for one person", connect.limits.sockets_per_user);
        return Err(Problem::new(Kind::TooManySockets, detail));
    }
    if sessions.len() >= connect.limits.sockets_per_conversation.min(MAX_SOCKETS) {
        return Err(Problem::new(Kind::TooManySockets, "this conversation has no room for another socket"));
    }
    membership.ok_or_else(Problem::not_found)
}

/// Takes the connection in and tells it where things stand. From here to the replay nothing waits, so no
/// event can slip between the welcome, the replay and what follows live.
fn welcome(object: &Rc<Object>, admitted: Admitted, link: Link) -> Rc<Session> {
    let Admitted { connect, membership, seat } = admitted;
    let now = platform::now();
    let hears_from = object.outbox.borrow().next_number();
    let (epoch, head) =
        object.with(|loaded| Ok((loaded.rules.epoch().to_owned(), loaded.rules.head()))).unwrap_or_default();
    let attachment = Attachment {
        principal: connect.principal.clone(),
        client_id: connect.client_id.clone(),
        heard_at_ms: now.millis(),
        welcome_head: head,
        resumed: false,
    };
    let burst = frames::burst(&connect.limits);
    let (session, is_first) = object.sessions.borrow_mut().add(link, attachment, hears_from, burst, now);
    object.teller.changed(&connect.principal.user_id);
    drop(seat);
    session.persist();
    let person = session.person();
    let (online, online_count) = object.people_here(MAX_ONLINE_LISTED);
    let keep_alive_ms = connect.limits.keep_alive();
    let last_read_seq = membership.last_read_seq;
    let you = You { user_id: person.user_id.clone(), name: person.name.clone(), role: membership.role, last_read_seq };
    let frame = ServerFrame::Welcome { epoch, head, you, online, online_count, keep_alive_ms }.to_text();
    session.send(&match &session.link {
        Link::Socket(_) => frame,
        Link::Events(_) => format!("event: welcome\ndata: {frame}\n\n"),
    });
    if let Some(position) = &connect.resume {
        let _reported_to_the_session = object.resume(&session, position.epoch.as_deref(), position.seq);
    }
    if is_first {
        object.native_came(&person);
    }
    object.arm_for_connections();
    teller::tell_soon(object);
    session
}

/// A silent stream says now and then that it lives; that is also how a reader's leaving is noticed.
fn keep_alive(object: &Rc<Object>, session: Rc<Session>) {
    let object = Rc::clone(object);
    let keeper = Rc::clone(&object);
    keeper.state.wait_until(async move {
        loop {
            platform::sleep(object.keep_alive_ms()).await;
            session.send(": still here\n\n");
            if session.is_gone() {
                object.forget(&session);
                return;
            }
        }
    });
}
