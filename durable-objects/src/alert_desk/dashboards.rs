//! Native sockets of dashboards: each gets the open alerts first, then every change.

use super::Object;
use super::rows::Own;
use crate::fan_out::join;
use crate::handshake::AdmitsSockets;
use crate::quota_reporter;
use crate::reclaim::{self, HoldsSessions};
use crate::revoking;
use crate::sessions::{Link, Session};
use campana_core::alerts::record::{Milestone, Via};
use campana_core::alerts::wire::{AlertEvent, AlertNews, DeskFrame, DeskSays, MAX_ALERTS_PER_FRAME, MAX_RECEIPTS};
use campana_core::alerts::{Alert, AlertId, Viewer};
use campana_core::chat::command::Connect;
use campana_core::chat::conversation::validate_client_id;
use campana_core::chat::wire::without_values;
use campana_core::shared::backlog::{self, REPLAY_BYTES};
use campana_core::shared::close_code::CloseCode;
use campana_core::shared::ids::UserId;
use campana_core::shared::json::read_input;
use campana_core::shared::problem::{Kind, Problem};
use campana_runtime::sockets::{Frame, Incoming, Socket};
use std::cell::RefCell;
use std::rc::Rc;

/// Sockets of one desk at most, just below the platform's limit.
const MAX_DASHBOARDS: usize = 32_000;
/// Open alerts that a new dashboard gets at most: the newest.
const MAX_OPEN_SHOWN: i64 = 1_000;
/// Changes that one replay sends at most; a dashboard that missed more gets a reset.
const MAX_REPLAYED: i64 = 500;
/// Frames per second that a user's dashboards together may send, sustained: enough to confirm every alert.
const FRAMES_PER_SECOND: u32 = 20;
/// Assumed size of a replayed change, bytes.
const CHANGE_BYTES: u64 = 4 * 1024;
/// TTL of the cached frames of open alerts, milliseconds: their texts contain relative times.
const TEXTS_FRESH_MS: u64 = 2_000;

/// Burst of frames that a user's dashboards together may send.
pub(super) const FRAME_BURST: u32 = 200;

/// Cache of the frames with the open alerts, shared by dashboards that connect within [`TEXTS_FRESH_MS`].
#[derive(Default)]
pub(super) struct OpenAlerts {
    made: RefCell<Option<Made>>,
}

struct Made {
    at: campana_core::shared::timestamp::Timestamp,
    frames: Rc<Vec<Frame>>,
    ids: Rc<Vec<AlertId>>,
}

impl OpenAlerts {
    /// Drops the cache after a change of an alert.
    pub(super) fn changed(&self) {
        *self.made.borrow_mut() = None;
    }
}

impl AdmitsSockets for Object {
    const AT: &'static str = "alert_desk.connect";
    type Admitted = Connect;

    async fn admit(self: &Rc<Self>, connect: Connect) -> Result<Connect, Problem> {
        if let Some(id) = &connect.client_id {
            validate_client_id("client_id", id)?;
        }
        self.know(&connect.principal.tenant, &connect.limits).await?;
        let (user, most) = (&connect.principal.user_id, connect.limits.sockets_per_user);
        self.check_guard(&connect.principal)?;
        reclaim::make_room(self, user, most).await?;
        // Nothing is awaited after this.
        revoking::check(&**self, &connect.principal)?;
        self.check_guard(&connect.principal)?;
        if !reclaim::has_room(self, user, most) {
            return Err(reclaim::too_many(most));
        }
        if self.sessions.borrow().len() >= MAX_DASHBOARDS {
            return Err(Problem::too_many_sockets("the desk has no room for another dashboard"));
        }
        Ok(connect)
    }

    /// Sends the welcome and the open alerts. Nothing is awaited, so no event comes in between.
    fn welcome(self: &Rc<Self>, connect: Connect, socket: Rc<dyn Socket>) {
        let now = self.context.now();
        let (epoch, head) = self.position();
        let first_event = self.fan_out.borrow().next_number();
        let (session, _) = self.sessions.borrow_mut().open(
            Link::Socket(Rc::clone(&socket)),
            &connect,
            head,
            first_event,
            FRAME_BURST,
            now,
        );
        let keep_alive_ms = connect.limits.keep_alive();
        session.send(&DeskSays::Welcome { epoch, head, you: session.person(), keep_alive_ms }.to_text());
        let (frames, ids) = self.open_alerts(&connect.principal.user_id);
        for frame in frames.iter() {
            socket.send(frame);
        }
        let user = &connect.principal.user_id;
        self.note_deliveries(ids.iter().map(|id| (id, user)), Via::Socket, Milestone::Sent);
        if let Some(position) = &connect.resume {
            let _reported_to_the_session = self.resume(&session, position.epoch.as_deref(), position.seq);
        }
        self.arm_for_what_is_due();
        quota_reporter::opened(self, session.id, Some(user));
    }
}

impl Object {
    /// The epoch and the newest position. An empty desk has an epoch too.
    pub(super) fn position(&self) -> (String, i64) {
        let position = self.rows.epoch(&self.context).and_then(|epoch| Ok((epoch, self.rows.head()?)));
        position.unwrap_or_default()
    }

    fn open_alerts(&self, user: &UserId) -> (Rc<Vec<Frame>>, Rc<Vec<AlertId>>) {
        let now = self.context.now();
        let is_owner = self.raised_any(user);
        let is_fresh = |made: &&Made| !is_owner && now.since(made.at) < TEXTS_FRESH_MS;
        if let Some(made) = self.open.made.borrow().as_ref().filter(is_fresh) {
            return (Rc::clone(&made.frames), Rc::clone(&made.ids));
        }
        let language = self.alert_settings().language;
        let alerts = self.open_for(Some(user).filter(|_| is_owner), MAX_OPEN_SHOWN).unwrap_or_default();
        let mut frames = Vec::new();
        let mut pages = alerts.chunks(MAX_ALERTS_PER_FRAME).peekable();
        loop {
            let page = pages.next().unwrap_or_default();
            let complete = pages.peek().is_none();
            let alerts = page.iter().map(|(alert, viewer)| alert.payload(*viewer, language, now)).collect();
            frames.push(self.context.host().frame(&DeskSays::Alerts { alerts, complete }.to_text()));
            if complete {
                break;
            }
        }
        let frames = Rc::new(frames);
        let ids = Rc::new(alerts.iter().map(|(alert, _)| alert.id.clone()).collect::<Vec<_>>());
        if !is_owner {
            *self.open.made.borrow_mut() = Some(Made { at: now, frames: Rc::clone(&frames), ids: Rc::clone(&ids) });
        }
        (frames, ids)
    }

    /// Whether an open alert or drill was raised by this user, or one that the user believes open.
    fn raised_any(&self, user: &UserId) -> bool {
        let has = |drill| {
            Ok::<bool, Problem>(self.rows.open_of(user, drill)?.is_some() || self.rows.own_open(user, drill)?.is_some())
        };
        // If the database fails, the user's own view is built, which then fails as well.
        [false, true].into_iter().any(|drill| has(drill).unwrap_or(true))
    }

    /// The newest open alerts, newest first, as a guard sees them. Their own a user sees as owner.
    pub(super) fn open_for(&self, user: Option<&UserId>, most: i64) -> Result<Vec<(Alert, Viewer)>, Problem> {
        let open = self.rows.open(most)?.into_iter().map(|(_, alert)| alert);
        let of_others = open.filter(|alert| !user.is_some_and(|user| alert.is_of(user)));
        let mut shown: Vec<(Alert, Viewer)> = of_others.map(|alert| (alert, Viewer::Guard)).collect();
        for (user, drill) in user.into_iter().flat_map(|user| [(user, false), (user, true)]) {
            let own = self.rows.own_open(user, drill)?.map(Own::into_alert);
            // An alert of an earlier release under duress is over to its owner.
            shown.extend(own.filter(|alert| alert.duress_at.is_none()).map(|alert| (alert, Viewer::Owner)));
        }
        shown.sort_by_key(|(alert, _)| std::cmp::Reverse(alert.created_at));
        Ok(shown)
    }

    /// Handles one frame. An error is answered to its sender and affects no other session.
    pub(super) fn take_frame(self: &Rc<Self>, socket: &dyn Socket, frame: Incoming) {
        let Some(session) = self.sessions.borrow().of_socket(socket) else { return };
        if session.waiting() > backlog::CONNECTION_BYTES {
            return self.dismiss(&session, CloseCode::NotReading);
        }
        let now = self.context.now();
        session.heard(now, self.limits().idle_timeout_ms);
        let text = match frame {
            Incoming::Text(text) if text == "ping" => return session.send("pong"),
            Incoming::Text(text) => text,
            Incoming::Binary => return session.refuse(&Problem::new(Kind::Malformed, "frames are text"), None),
            Incoming::TooLong => return self.dismiss(&session, CloseCode::FrameTooLarge),
        };
        if session.attachment.borrow().is_expired(now) {
            return self.dismiss(&session, CloseCode::TokenExpired);
        }
        let passes = session.rates.borrow_mut().frames.take(FRAMES_PER_SECOND, FRAME_BURST, now);
        if passes.is_err() {
            return self.dismiss(&session, CloseCode::Flooding);
        }
        let outcome = parse(&text).and_then(|frame| self.follow_frame(&session, frame));
        if let Err(problem) = outcome {
            session.refuse(&problem, None);
        }
    }

    fn follow_frame(self: &Rc<Self>, session: &Rc<Session>, frame: DeskFrame) -> Result<(), Problem> {
        match frame {
            DeskFrame::Receipt { ids, .. } if ids.len() > MAX_RECEIPTS => {
                Err(Problem::field("ids", format!("are more than {MAX_RECEIPTS}")))
            }
            DeskFrame::Receipt { ids, state } => {
                let user = session.person().user_id;
                self.received(&ids, &user, Via::Socket, Milestone::Receipt(state));
                Ok(())
            }
            DeskFrame::Resume { epoch, seq } => self.resume(session, Some(&epoch), seq),
            // `session.heard` has noted it already.
            DeskFrame::Pong {} => Ok(()),
        }
    }

    /// Sends each alert that changed after a position once, in its present state, or a reset. No later change is
    /// missed.
    fn resume(self: &Rc<Self>, session: &Rc<Session>, epoch: Option<&str>, seq: i64) -> Result<(), Problem> {
        let (own_epoch, head) = self.position();
        let is_known = epoch.is_none_or(|epoch| epoch == own_epoch) && (self.rows.floor()?..=head).contains(&seq);
        let is_known = is_known && (seq == head || self.may_replay(session, head.saturating_sub(seq)));
        let user = session.person().user_id;
        let missed = if is_known { self.missed_by(&user, seq, head)? } else { None };
        let Some(missed) = missed else {
            session.send(&DeskSays::Reset { epoch: own_epoch, head }.to_text());
            return Ok(());
        };
        let (language, now) = (self.alert_settings().language, self.context.now());
        let mut texts: Vec<String> = Vec::new();
        for (seq, alert) in missed {
            let viewer = if alert.is_of(&user) { Viewer::Owner } else { Viewer::Guard };
            let partial = alert.payload(viewer, language, now);
            let (event, seq) = (AlertEvent::Updated, Some(seq));
            texts.push(AlertNews { event, seq, id: &alert.id, partial: &partial, at: now }.to_text());
        }
        for page in texts.chunks(MAX_ALERTS_PER_FRAME) {
            session.send(&join(page.iter().map(String::as_str)));
        }
        session.send(&DeskSays::Resumed { head }.to_text());
        Ok(())
    }

    /// Alerts that changed after a position, up to another, in order, the user's own as the user sees them. `None` if they are
    /// too many.
    fn missed_by(&self, user: &UserId, after: i64, up_to: i64) -> Result<Option<Vec<(i64, Alert)>>, Problem> {
        let changed = self.rows.changed_after(after, MAX_REPLAYED + 1)?;
        let views = self.rows.changed_views_of(user, (after, up_to), MAX_REPLAYED + 1)?;
        if i64::try_from(changed.len().max(views.len())).is_ok_and(|count| count > MAX_REPLAYED) {
            return Ok(None);
        }
        let mut seen: Vec<(i64, Alert)> =
            changed.into_iter().filter(|(_, alert)| !(alert.is_of(user) && alert.is_apart)).collect();
        seen.extend(views.into_iter().map(|(seq, view)| (seq, view.alert)));
        seen.sort_by_key(|(seq, _)| *seq);
        Ok(Some(seen))
    }

    /// Whether the replay quotas allow so many changes. The size is estimated: measuring costs as much as sending.
    fn may_replay(&self, session: &Session, changes: i64) -> bool {
        let changes = u64::try_from(changes.min(MAX_REPLAYED)).unwrap_or(0);
        let bytes = changes.saturating_mul(CHANGE_BYTES).min(REPLAY_BYTES);
        self.sessions.borrow().may_replay(session, bytes, self.context.now())
    }
}

fn parse(text: &str) -> Result<DeskFrame, Problem> {
    read_input(text).map_err(|error| {
        if error.is_syntax() || error.is_eof() {
            return Problem::new(Kind::Malformed, "the frame is not JSON");
        }
        Problem::new(Kind::UnknownFrame, format!("known are receipt, resume and pong: {}", without_values(&error)))
    })
}
