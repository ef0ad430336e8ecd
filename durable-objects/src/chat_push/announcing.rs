//! Delivers a notification for all members of a conversation: an event to the own channel of each member who is online, and a push,
//! by the object of the member's pushes, to subscribed devices.
//!
//! One object per conversation, so that a large one delays nobody else. It reads the members page by page and stores the last one of
//! each page to which it has delivered. After a crash it delivers to the whole page again: an event has the id of the notification,
//! and a push has its topic, so that a device shows it once.

use super::queries::announcements;
use super::{Object, SAFETY_MS};
use crate::channel::send_notification;
use crate::platform::log_failure;
use crate::sql::{Row, int, text};
use campana_core::chat::notifications::{NotificationEvent, NotificationsRead};
use campana_core::chat::push::{Announcement, PushMessage};
use campana_core::shared::backoff::doubled;
use campana_core::shared::ids::{NotificationId, UserId};
use campana_core::shared::json::read_stored;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use campana_runtime::ports::Address;
use campana_storage::{RecipientPage, SharedRecipient};
use futures_util::StreamExt;
use std::rc::Rc;

/// Announcements that wait at most: the oldest are dropped.
const MAX_ANNOUNCEMENTS: i64 = 100;
/// Members of a page.
const PAGE: u32 = 100;
/// Pages of a run, since one invocation may send only so many requests. The alarm goes on.
const MAX_PAGES: usize = 4;
/// Concurrent calls.
const LANES: usize = 6;
/// Time-out of a call to the object of a person's pushes, milliseconds.
const TIMEOUT_MS: u32 = 5_000;
/// Delays after the record failed, milliseconds.
const RETRY_MS: i64 = 2_000;
const LONGEST_RETRY_MS: i64 = 5 * 60_000;

/// An announcement that is due.
struct Due {
    number: i64,
    announcement: Announcement,
    delivered_up_to: Option<UserId>,
    tries: u32,
}

impl Object {
    /// Stores an announcement, and makes it in the background.
    pub(super) fn take_announcement(self: &Rc<Self>, announcement: &Announcement) -> Result<(), Problem> {
        self.tables.make()?;
        self.announcement_tables.make()?;
        let now = self.context.now();
        let json = serde_json::to_string(announcement).map_err(|_| Problem::internal("JSON cannot be written"))?;
        self.sql.transaction(|| {
            let until = int(announcement.until.millis());
            let params = vec![int(announcement.seq), text(&json), int(now.millis()), until];
            self.sql.run(announcements::ADD, params)?;
            self.sql.run(announcements::CROWD, vec![int(MAX_ANNOUNCEMENTS)])
        })?;
        self.arm();
        self.announce();
        Ok(())
    }

    /// Makes due announcements in the background.
    pub(super) fn announce(self: &Rc<Self>) {
        if !self.announcement_tables.exist() {
            return;
        }
        let Some(flight) = self.announcing.begin() else { return };
        let object = Rc::clone(self);
        self.context.spawn(async move {
            if let Err(problem) = object.announce_due().await {
                log_failure("chat_push.announce", None, &problem);
            }
            drop(flight);
            object.arm();
        });
    }

    /// When the next announcement is due.
    pub(super) fn next_announcement(&self, now: Timestamp) -> Option<Timestamp> {
        if !self.announcement_tables.exist() {
            return None;
        }
        // The database logs its failure; the alarm retries.
        let next = self.sql.find(announcements::NEXT, [], |row| row.time(0));
        next.unwrap_or_else(|_| Some(now.plus_millis(SAFETY_MS)))
    }

    async fn announce_due(&self) -> Result<(), Problem> {
        for _ in 0..MAX_PAGES {
            let now = self.context.now();
            if self.sql.writes(announcements::END_BEFORE, vec![int(now.millis())])? {
                tracing::warn!(at = "chat_push.announce", reason = "too_old");
            }
            let Some(due) = self.sql.find(announcements::DUE, [int(now.millis())], due)? else { return Ok(()) };
            match self.tell_page(&due).await {
                Ok(Some(last)) => {
                    let params = vec![int(due.number), text(last.as_str()), int(self.context.now().millis())];
                    self.sql.run(announcements::ADVANCE, params)?;
                }
                Ok(None) => self.sql.run(announcements::END, vec![int(due.number)])?,
                Err(problem) => {
                    tracing::warn!(at = "chat_push.announce", detail = problem.detail);
                    let again = now.plus_millis(doubled(RETRY_MS, LONGEST_RETRY_MS, due.tries));
                    self.sql.run(announcements::RETRY, vec![int(due.number), int(again.millis())])?;
                }
            }
        }
        Ok(())
    }

    /// Tells the next page of members. Returns the last one if there may be more.
    async fn tell_page(&self, due: &Due) -> Result<Option<UserId>, Problem> {
        let Announcement { tenant, conversation, seq, withdrawn, .. } = &due.announcement;
        let (store, now, after) = (self.context.record()?, self.context.now(), due.delivered_up_to.as_ref());
        if let Some(id) = withdrawn {
            let online = store.online_members(tenant, conversation, now, after, PAGE).await.map_err(Problem::from)?;
            let is_full = online.len() >= PAGE as usize;
            let last = online.last().map(|member| member.user_id.clone()).filter(|_| is_full);
            self.tell_withdrawn(due, online.into_iter().map(|member| member.user_id).collect(), id).await;
            return Ok(last);
        }
        let page = store.recipients_of_shared((tenant, conversation, *seq), after, now, PAGE).await;
        let RecipientPage { recipients, next } = page.map_err(Problem::from)?;
        futures_util::stream::iter(recipients)
            .for_each_concurrent(LANES, |member| async move { self.tell_created(&due.announcement, member).await })
            .await;
        Ok(next)
    }

    async fn tell_withdrawn(&self, due: &Due, users: Vec<UserId>, id: &NotificationId) {
        let event = NotificationEvent::read(NotificationsRead::Withdrawn(vec![id.clone()]), self.context.now());
        futures_util::stream::iter(users)
            .for_each_concurrent(LANES, |user| {
                let event = &event;
                async move { self.send_event(&due.announcement, &user, event).await }
            })
            .await;
    }

    async fn tell_created(&self, announcement: &Announcement, member: SharedRecipient) {
        let SharedRecipient { notified, is_online } = member;
        let (user, now) = (&notified.user_id, self.context.now());
        if is_online {
            let event = NotificationEvent::created(&notified.notification, now);
            self.send_event(announcement, user, &event).await;
        }
        if announcement.silent.contains(user) {
            return;
        }
        let message = PushMessage::of(&announcement.tenant, user, &notified.notification, notified.push, now);
        let Some(message) = message else { return };
        let to = Address { namespace: "CHAT_PUSH", name: message.object_name() };
        if let Err(error) = self.context.hand_over(&to, "push", &message, TIMEOUT_MS).await {
            tracing::warn!(at = "chat_push", detail = %error);
        }
    }

    /// A device that gets no event fetches its list when it connects.
    async fn send_event(&self, announcement: &Announcement, user: &UserId, event: &NotificationEvent) {
        if let Err(error) = send_notification(&self.context, &announcement.tenant, user, event).await {
            tracing::warn!(at = "person", detail = %error);
        }
    }
}

fn due(row: &Row) -> Option<Due> {
    Some(Due {
        number: row.int(0)?,
        announcement: read_stored(row.text(1)?).ok()?,
        delivered_up_to: row.text(2).filter(|id| !id.is_empty()).map(UserId::trusted),
        tries: row.number(3)?,
    })
}
