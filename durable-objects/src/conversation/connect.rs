//! Opening a native connection: a socket, or a stream of server-sent events.

use super::{Object, frames};
use crate::handshake::{self, AdmitsSockets};
use crate::quota_reporter;
use crate::reclaim;
use crate::revoking;
use crate::server_sent;
use crate::sessions::{Link, Session};
use crate::streams;
use campana_core::chat::command::{Connect, Membership, Position};
use campana_core::chat::conversation::{Actor, validate_client_id};
use campana_core::chat::policy::Action;
use campana_core::chat::wire::{ServerFrame, You};
use campana_core::shared::limits::MAX_ONLINE_LISTED;
use campana_core::shared::problem::Problem;
use campana_runtime::sockets::{Socket, Stream};
use std::rc::Rc;

/// Maximum number of sockets per object, a little below the platform's limit.
const MAX_SOCKETS: usize = 32_000;

/// Opens a stream of server-sent events of the same log, for clients that cannot open a socket.
pub(super) async fn events(object: &Rc<Object>, connect: &str, stream: Rc<dyn Stream>) -> Result<(), Problem> {
    let admitted = handshake::admit(object, connect).await?;
    let keep_alive_ms = admitted.connect.limits.stream_keep_alive();
    let session = welcome(object, admitted, |epoch| Link::Events { stream, epoch: Rc::from(epoch) });
    streams::keep_alive(object, &session, keep_alive_ms, Object::stream_keep_alive_ms);
    Ok(())
}

/// A connection that has passed the checks.
pub(crate) struct Admitted {
    connect: Connect,
    membership: Membership,
}

impl AdmitsSockets for Object {
    const AT: &'static str = "conversation.connect";
    type Admitted = Admitted;

    async fn admit(self: &Rc<Self>, connect: Connect) -> Result<Admitted, Problem> {
        let conversation = connect.conversation_id.as_ref().ok_or_else(Problem::not_found)?;
        self.load(&connect.principal.tenant, conversation, &connect.limits).await?;
        if let Some(id) = &connect.client_id {
            validate_client_id("client_id", id)?;
        }
        self.learn_visibility(&connect.principal.user_id).await?;
        let mut membership = authorize(self, &connect).await?;
        let (user, most) = (&connect.principal.user_id, connect.limits.sockets_per_user);
        if !reclaim::has_room(self, user, most) {
            reclaim::make_room(self, user, most).await?;
            // The user may have been removed during the await.
            membership = authorize(self, &connect).await?;
        }
        if !reclaim::has_room(self, user, most) {
            return Err(reclaim::too_many(most));
        }
        quota_reporter::admit(self, Some(user))?;
        Ok(Admitted { connect, membership })
    }

    fn welcome(self: &Rc<Self>, admitted: Admitted, socket: Rc<dyn Socket>) {
        welcome(self, admitted, |_| Link::Socket(socket));
    }
}

/// Checks that the user may connect and that the conversation has room. Nothing is awaited after the last check.
async fn authorize(object: &Rc<Object>, connect: &Connect) -> Result<Membership, Problem> {
    let user = &connect.principal.user_id;
    let membership = object.membership(user).await?;
    revoking::check(&**object, &connect.principal)?;
    let actor = Actor { principal: &connect.principal, membership: membership.as_ref(), origin_client_id: None };
    object.with(|loaded| loaded.rules.authorize(actor, Action::ViewConversation, object.context.now()))?;
    if object.sessions.borrow().len() >= connect.limits.sockets_per_conversation.min(MAX_SOCKETS) {
        return Err(Problem::too_many_sockets("this conversation has no room for another socket"));
    }
    membership.ok_or_else(Problem::not_found)
}

/// Adds the session and sends its welcome. Nothing awaits from here to the replay, so no event is lost between the
/// welcome, the replay and live events.
///
/// The id of a stream's welcome is the position that the stream continues from: the one that the reader named, else the
/// head. A reader whose connection breaks before the first event reconnects with it. If a reset follows, it has the id.
fn welcome(object: &Rc<Object>, admitted: Admitted, link: impl FnOnce(&str) -> Link) -> Rc<Session> {
    let Admitted { connect, membership } = admitted;
    let now = object.context.now();
    let hears_from = object.fan_out.borrow().next_number();
    let (epoch, head) =
        object.with(|loaded| Ok((loaded.rules.epoch().to_owned(), loaded.rules.head()))).unwrap_or_default();
    let link = link(&epoch);
    let continues_from = match &connect.resume {
        Some(Position { epoch, seq }) => object
            .with(|loaded| Ok(loaded.rules.replay_from(epoch.as_deref(), *seq, loaded.bounds_floor)))
            .unwrap_or_default(),
        None => Some(head),
    };
    let burst = frames::burst(&connect.limits);
    let (session, is_first) = object.sessions.borrow_mut().open(link, &connect, head, hears_from, burst, now);
    let person = session.person();
    let (online, online_count) = object.people_here(MAX_ONLINE_LISTED);
    let keep_alive_ms = match &session.link {
        Link::Socket(_) => connect.limits.keep_alive(),
        Link::Events { .. } => connect.limits.stream_keep_alive(),
    };
    let last_read_seq = membership.last_read_seq;
    let you = You { user_id: person.user_id.clone(), name: person.name.clone(), role: membership.role, last_read_seq };
    let frame = ServerFrame::Welcome { epoch, head, you, online, online_count, keep_alive_ms }.to_text();
    session.send(&match &session.link {
        Link::Socket(_) => frame,
        Link::Events { epoch, .. } => {
            server_sent::event(Some("welcome"), continues_from.map(|seq| (&**epoch, seq)), &frame)
        }
    });
    if let Some(position) = &connect.resume {
        let _reported_to_the_session = object.resume(&session, position.epoch.as_deref(), position.seq);
    }
    if is_first {
        object.native_joined(&person);
    }
    object.arm_for_connections();
    quota_reporter::opened(object, session.id, Some(&connect.principal.user_id));
    session
}
