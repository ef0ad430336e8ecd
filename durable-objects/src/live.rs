//! Connections of an object, as administrators see and close them.

use crate::quota_reporter::HoldsLease;
use crate::reclaim::HoldsSessions;
use crate::sessions::{Link, Session};
use crate::subscriptions;
use campana_core::live::{
    AskStanding, ConnectionKind, Decision, Keyed, ListConnections, LiveAnswer, LiveConnection, LiveQuestion, Position,
    Standing, StandingConnection, StartTrace, Trace,
};
use campana_core::pusher::channel::ChannelName;
use campana_core::shared::close_code::CloseCode;
use campana_core::shared::ids::ConversationId;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use campana_runtime::instance::answer;
use campana_runtime::ports::Answer;
use std::rc::Rc;

/// Path of questions.
pub(crate) const PATH: &str = "/live";

/// An object whose connections can be listed and closed.
pub(crate) trait ShowsConnections: HoldsLease {
    /// A page of the connections.
    fn list(&self, asked: &ListConnections) -> LiveAnswer;
    /// The connection with this key.
    fn find(&self, key: &str) -> Option<Keyed>;
    /// The position of the object's log.
    fn position(&self) -> Position;
    /// A user's connections, and whether they get the events of a channel.
    fn of_user(&self, asked: &AskStanding) -> Vec<StandingConnection>;
    /// Whether a user may listen now, if this object decides that.
    async fn decide(self: &Rc<Self>, asked: &AskStanding) -> Result<Decision, Problem>;
    /// Closes the connection with this key. Returns whether there was one.
    fn close(self: &Rc<Self>, key: &str) -> bool;
    /// Begins a trace. 404 for an object that owns no channels.
    async fn start_trace(self: &Rc<Self>, _asked: StartTrace) -> Result<Trace, Problem> {
        Err(Problem::not_found())
    }
    /// A trace. 404 if there is none of this name.
    fn trace(&self, _name: &str) -> Result<Trace, Problem> {
        Err(Problem::not_found())
    }
}

/// An object with native connections.
pub(crate) trait ShowsSessions: HoldsSessions {
    /// Kind of its sockets.
    const KIND: ConnectionKind;
    /// Its conversation, if it is one.
    fn conversation(&self) -> Option<ConversationId>;
    /// Whether a user may listen now, if this object decides that.
    async fn decide_for(self: &Rc<Self>, _asked: &AskStanding) -> Result<Decision, Problem> {
        Ok(Decision::default())
    }
    /// Epoch and head of its log, if it has one.
    fn log_position(&self) -> Option<(String, i64)>;
    /// The channel that stands for what a session gets.
    fn channel_of(&self, session: &Session) -> Option<ChannelName>;
}

/// Answers a question of a function.
pub(crate) async fn serve<O: ShowsConnections>(object: &Rc<O>, body: &str) -> Answer {
    answer(body, async |question| match question {
        LiveQuestion::List(asked) => Ok(object.list(&asked)),
        LiveQuestion::Find { key } => {
            let found = object.find(&key).ok_or_else(Problem::not_found)?;
            Ok(LiveAnswer::Connection(Box::new(found)))
        }
        LiveQuestion::Position => Ok(LiveAnswer::Position(object.position())),
        LiveQuestion::Standing(asked) => {
            let Decision { access, muted_until, last_read_seq } = object.decide(&asked).await?;
            let (connections, position) = (object.of_user(&asked), object.position());
            let standing = Standing { connections, access, muted_until, last_read_seq, position };
            Ok(LiveAnswer::Standing(Box::new(standing)))
        }
        LiveQuestion::StartTrace(asked) => Ok(LiveAnswer::Trace(Box::new(object.start_trace(*asked).await?))),
        LiveQuestion::Trace { name } => Ok(LiveAnswer::Trace(Box::new(object.trace(&name)?))),
        LiveQuestion::Close { key } if object.close(&key) => Ok(LiveAnswer::Closed),
        LiveQuestion::Close { .. } => Err(Problem::not_found()),
    })
    .await
}

impl<O: ShowsSessions> ShowsConnections for O {
    fn list(&self, asked: &ListConnections) -> LiveAnswer {
        let sessions: Vec<(String, Rc<Session>)> =
            self.sessions().borrow().iter().map(|session| (session.key(), Rc::clone(session))).collect();
        let is_asked = |session: &Session| {
            asked.user.as_ref().is_none_or(|user| session.attachment.borrow().principal.user_id == *user)
        };
        let sessions = sessions.into_iter().filter(|(_, session)| is_asked(session));
        LiveAnswer::page(asked, sessions, |session| describe(self, &session))
    }

    fn find(&self, key: &str) -> Option<Keyed> {
        let session = session(self, key)?;
        Some(Keyed { key: key.to_owned(), connection: describe(self, &session) })
    }

    fn position(&self) -> Position {
        let (epoch, head) = self.log_position().unzip();
        let connections = u32::try_from(self.sessions().borrow().len()).unwrap_or(u32::MAX);
        Position { epoch, head, connections }
    }

    fn of_user(&self, asked: &AskStanding) -> Vec<StandingConnection> {
        let sessions = self.sessions().borrow().of_user(&asked.user);
        let shown = sessions.iter().take(asked.limit).map(|session| StandingConnection {
            keyed: Keyed { key: session.key(), connection: describe(self, session) },
            is_subscribed: asked.target.is_some(),
            permissions: session.attachment.borrow().principal.permissions.clone(),
        });
        shown.collect()
    }

    async fn decide(self: &Rc<Self>, asked: &AskStanding) -> Result<Decision, Problem> {
        self.decide_for(asked).await
    }

    /// With the code of a removed user, on which clients do not reconnect by themselves.
    fn close(self: &Rc<Self>, key: &str) -> bool {
        let session = session(&**self, key);
        if let Some(session) = &session {
            self.dismiss(session, CloseCode::Forbidden);
        }
        session.is_some()
    }

    async fn start_trace(self: &Rc<Self>, asked: StartTrace) -> Result<Trace, Problem> {
        let user = asked.user.clone();
        let trace = subscriptions::start_trace(self, asked).await?;
        let traces = &self.subscriptions().traces;
        for session in self.sessions().borrow().of_user(&user) {
            traces.native_connection(&user, session.attachment.borrow().client_id.as_ref(), Ok(()));
        }
        traces.get(&trace.info.name)
    }

    fn trace(&self, name: &str) -> Result<Trace, Problem> {
        self.subscriptions().traces.get(name)
    }
}

fn session<O: ShowsSessions>(object: &O, key: &str) -> Option<Rc<Session>> {
    object.sessions().borrow().iter().find(|session| session.key() == key).cloned()
}

fn describe<O: ShowsSessions>(object: &O, session: &Session) -> LiveConnection {
    let attachment = session.attachment.borrow();
    let heard_at = session.pinged_at(object.context()).into_iter().chain([attachment.heard_at()]).max();
    let channels: Vec<ChannelName> = object.channel_of(session).into_iter().collect();
    LiveConnection {
        kind: match &session.link {
            Link::Socket(_) => O::KIND,
            Link::Events { .. } => ConnectionKind::Events,
        },
        user_id: Some(attachment.principal.user_id.clone()),
        name: Some(attachment.principal.name.clone()),
        since: since(attachment.opened_at_ms),
        heard_at,
        expires_at: Some(Timestamp::from_millis(attachment.principal.expires_at_ms)),
        client_id: attachment.client_id.clone(),
        conversation_id: object.conversation(),
        channel_count: u32::try_from(channels.len()).unwrap_or(u32::MAX),
        channels,
        unsent_bytes: session.waiting(),
    }
}

/// When a connection opened, if it is known.
pub(crate) fn since(opened_at_ms: i64) -> Option<Timestamp> {
    (opened_at_ms > 0).then(|| Timestamp::from_millis(opened_at_ms))
}
