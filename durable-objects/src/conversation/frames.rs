//! Frames from native sockets.

use super::Object;
use super::commands::Sent;
use crate::broadcast;
use crate::fan_out;
use crate::reclaim::HoldsSessions;
use crate::server_sent;
use crate::sessions::{Link, Session};
use campana_core::chat::command::Draft;
use campana_core::chat::conversation::TypingSource;
use campana_core::chat::wire::{ClientFrame, ServerFrame};
use campana_core::shared::backlog;
use campana_core::shared::close_code::CloseCode;
use campana_core::shared::limits::{Limits, MAX_EVENTS_PER_FRAME, MAX_FRAME_BYTES, MAX_REPLAY_EVENTS};
use campana_core::shared::problem::{Kind, Problem};
use campana_runtime::inbound::{InboundQueue, TakesFrames};
use campana_runtime::serial::Turn;
use campana_runtime::sockets::{Incoming, Socket};
use std::rc::Rc;

/// Rate-limited frames after which the socket is closed.
const MAX_REFUSALS: u32 = 60;

/// Delay after which a client repeats a frame for which there was no room, milliseconds.
const FULL_RETRY_MS: u64 = 1_000;

/// Frames that a user may send in one burst: twice the sends, plus 50 for markers and typing.
pub(super) fn burst(limits: &Limits) -> u32 {
    limits.send_burst.saturating_mul(2).saturating_add(50)
}

fn frames_per_second(limits: &Limits) -> u32 {
    limits.sends_per_second.saturating_mul(2).saturating_add(20)
}

impl TakesFrames for Object {
    fn inbound(&self) -> &InboundQueue<(Rc<dyn Socket>, Incoming)> {
        &self.inbound
    }

    /// Handles a frame, after the socket's frames before it are done.
    fn begin_frame(self: &Rc<Self>, socket: Rc<dyn Socket>, frame: Incoming) {
        let Some(session) = self.sessions.borrow().of_socket(&*socket) else {
            // This object has just closed the socket; the frame was already on its way.
            return;
        };
        if let Ok(idle_timeout_ms) = self.with(|loaded| Ok(loaded.rules.limits().idle_timeout_ms)) {
            session.heard(self.context.now(), idle_timeout_ms);
        }
        let bytes = match &frame {
            Incoming::Text(text) if text == "ping" => return session.send("pong"),
            Incoming::Text(text) => text.len(),
            Incoming::Binary | Incoming::TooLong => 0,
        };
        match session.frames.accept(frame, bytes) {
            Turn::Now(frame, flight) => {
                let object = Rc::clone(self);
                self.context.begin(async move {
                    let mut next = Some(frame);
                    while let Some(frame) = next {
                        object.handle_frame(&session, frame).await;
                        next = session.frames.next();
                    }
                    drop(flight);
                });
            }
            Turn::Waits => {}
            Turn::Full(frame) => {
                let id = match frame {
                    Incoming::Text(text) => client_msg_id_in(&text),
                    Incoming::Binary | Incoming::TooLong => None,
                };
                self.refused(&session, &Problem::rate_limited("too many frames", FULL_RETRY_MS), id.as_deref());
            }
        }
    }
}

impl Object {
    /// Handles one frame. Errors are answered on its own socket and never affect other connections.
    async fn handle_frame(self: &Rc<Self>, session: &Rc<Session>, frame: Incoming) {
        if session.waiting() > backlog::CONNECTION_BYTES {
            return self.dismiss(session, CloseCode::NotReading);
        }
        let text = match frame {
            Incoming::Text(text) => text,
            Incoming::Binary => return session.refuse(&Problem::new(Kind::Malformed, "frames are text"), None),
            Incoming::TooLong => {
                let problem = Problem::new(Kind::TooLarge, format!("a frame is at most {MAX_FRAME_BYTES} bytes"));
                session.refuse(&problem, None);
                return self.dismiss(session, CloseCode::FrameTooLarge);
            }
        };
        let now = self.context.now();
        if session.attachment.borrow().is_expired(now) {
            return self.dismiss(session, CloseCode::TokenExpired);
        }
        let Ok(limits) = self.with(|loaded| Ok(loaded.rules.limits().clone())) else { return };
        let passes = session.rates.borrow_mut().frames.take(frames_per_second(&limits), burst(&limits), now);
        let outcome = match (passes, ClientFrame::parse(&text)) {
            (Err(wait), Ok(frame)) => Err((Problem::rate_limited("too many frames", wait), client_msg_id_of(&frame))),
            (Err(wait), Err((_, id))) => Err((Problem::rate_limited("too many frames", wait), id)),
            (Ok(()), Err(refusal)) => Err(refusal),
            (Ok(()), Ok(frame)) => {
                let id = client_msg_id_of(&frame);
                self.act(session, frame).await.map_err(|problem| (problem, id))
            }
        };
        match outcome {
            Ok(()) => session.refusals.set(session.refusals.get().saturating_sub(1)),
            Err((problem, id)) => self.refused(session, &problem, id.as_deref()),
        }
    }

    fn refused(self: &Rc<Self>, session: &Rc<Session>, problem: &Problem, client_msg_id: Option<&str>) {
        session.refuse(problem, client_msg_id);
        if problem.kind == Kind::RateLimited {
            session.refusals.set(session.refusals.get().saturating_add(1));
            if session.refusals.get() >= MAX_REFUSALS {
                self.dismiss(session, CloseCode::Flooding);
            }
        }
    }

    async fn act(self: &Rc<Self>, session: &Rc<Session>, frame: ClientFrame) -> Result<(), Problem> {
        let (principal, client_id) = {
            let attachment = session.attachment.borrow();
            (attachment.principal.clone(), attachment.client_id.clone())
        };
        let by = self.by(&principal, client_id.as_deref(), None);
        match frame {
            ClientFrame::Send {
                client_msg_id,
                body,
                message_type,
                attachments,
                parent_id,
                also_in_channel,
                quote_id,
                metadata,
            } => {
                let draft = Draft {
                    client_msg_id: Some(client_msg_id.clone()),
                    body,
                    message_type,
                    parent_id,
                    also_in_channel,
                    quote_id,
                    attachments,
                    metadata,
                };
                let sent = self.send(by, draft).await?;
                session.send(&sent.to_ack(client_msg_id)?.to_text());
                if let Sent::New(entry) = sent {
                    self.publish_sent(&entry, by);
                }
                Ok(())
            }
            ClientFrame::Edit { id, body, version } => {
                let if_match = version.map(|version| [version]);
                self.edit(by, &id, &body, if_match.as_ref().map(<[i64; 1]>::as_slice)).await.map(drop)
            }
            ClientFrame::React { id, emoji } => self.react(by, &id, &emoji, true).await.map(drop),
            ClientFrame::Unreact { id, emoji } => self.react(by, &id, &emoji, false).await.map(drop),
            ClientFrame::Pin { id } => self.pin(by, &id, true).await.map(drop),
            ClientFrame::Unpin { id } => self.pin(by, &id, false).await.map(drop),
            ClientFrame::Delete { id } => {
                let message = self.delete(by, &id).await?;
                self.unindex(&message).await;
                Ok(())
            }
            ClientFrame::Typing { on } => self.typing(by, TypingSource::Session(session.id), on).await,
            ClientFrame::Read { seq } => {
                self.mark_read(by, Some(seq)).await?;
                self.flush_soon();
                Ok(())
            }
            ClientFrame::Resume { epoch, seq } => self.resume(session, Some(&epoch), seq),
            // Its arrival is recorded by `heard`; it has no content.
            ClientFrame::Pong {} => Ok(()),
        }
    }

    /// Replays the events that a client lacks, in order and exactly once.
    ///
    /// The first resume on a socket covers events up to its welcome; later ones were sent live. Another resume (the
    /// client saw a gap) covers all events up to now, after the queued ones are sent. If there is no new event since
    /// the welcome, none of the queued events is for this client.
    pub(super) fn resume(self: &Rc<Self>, session: &Rc<Session>, epoch: Option<&str>, seq: i64) -> Result<(), Problem> {
        let (from, epoch, head) = self.with(|loaded| {
            let from = loaded.rules.replay_from(epoch, seq, loaded.bounds_floor);
            Ok((from, loaded.rules.epoch().to_owned(), loaded.rules.head()))
        })?;
        let (up_to, may_wait) = {
            let mut attachment = session.attachment.borrow_mut();
            let first = !std::mem::replace(&mut attachment.resumed, true);
            let is_up_to_date = attachment.welcome_head == head;
            if first { (attachment.welcome_head, !is_up_to_date) } else { (head, true) }
        };
        if may_wait {
            broadcast::flush(self);
        }
        session.persist();
        if self.sessions.borrow().get(session.id).is_none() {
            // The queued events exceeded the connection's backlog limit, so it was closed.
            return Ok(());
        }
        if session.waiting() > backlog::REPLAY_BYTES {
            // The client has not read its earlier replay.
            self.dismiss(session, CloseCode::NotReading);
            return Ok(());
        }
        // The events may be of any size. A large replay is slower than loading a page, and replays have a budget per
        // user; a client over either limit gets a reset.
        let from = match from {
            Some(after) if after < up_to => {
                let bytes = self.log.bytes_between(after, up_to)?;
                self.sessions.borrow().may_replay(session, bytes, self.context.now()).then_some(after)
            }
            from => from,
        };
        let Some(mut after) = from else {
            session.send(&match &session.link {
                Link::Socket(_) => ServerFrame::Reset { epoch, head }.to_text(),
                Link::Events { epoch, .. } => {
                    let frame = ServerFrame::Reset { epoch: epoch.to_string(), head }.to_text();
                    server_sent::event(Some("reset"), Some((epoch, head)), &frame)
                }
            });
            return Ok(());
        };
        let mut remaining = MAX_REPLAY_EVENTS;
        while after < up_to && remaining > 0 {
            let page = i64::try_from(MAX_EVENTS_PER_FRAME).unwrap_or(100).min(remaining);
            let events = self.log.texts_between(after, up_to, page)?;
            let Some((last, _)) = events.last() else { break };
            after = *last;
            remaining = remaining.saturating_sub(page);
            let now = self.context.now();
            let events: Vec<(i64, String)> = events
                .into_iter()
                .map(|(seq, text)| {
                    let placeholder = || self.with(|loaded| Ok(loaded.rules.placeholder(seq, now)));
                    Ok((seq, text.map_or_else(placeholder, Ok)?))
                })
                .collect::<Result<_, Problem>>()?;
            session.send(&match &session.link {
                Link::Socket(_) => fan_out::join(events.iter().map(|(_, text)| text.as_str())),
                Link::Events { epoch, .. } => {
                    let event = |(seq, text): &(i64, String)| server_sent::event(None, Some((epoch, *seq)), text);
                    events.iter().map(event).collect::<String>()
                }
            });
        }
        Ok(())
    }
}

fn client_msg_id_in(text: &str) -> Option<String> {
    match ClientFrame::parse(text) {
        Ok(frame) => client_msg_id_of(&frame),
        Err((_, id)) => id,
    }
}

fn client_msg_id_of(frame: &ClientFrame) -> Option<String> {
    match frame {
        ClientFrame::Send { client_msg_id, .. } => Some(client_msg_id.clone()),
        _ => None,
    }
}
