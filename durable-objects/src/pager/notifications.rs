//! Inbox of the desk's notifications: turns each into pages and webhook events.

use super::queries::{jobs, paged, pages};
use super::{Object, Outcome};
use crate::sql::{int, text};
use campana_core::alerts::notification::{Forget, MAX_HANDOVER, Notification, Notifications};
use campana_core::alerts::push::{Needed, Notice, PAGE_LIFE_MS, QUIET_LIFE_MS, Tone};
use campana_core::alerts::{AlertId, Page};
use campana_core::shared::ids::TenantId;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use campana_core::webhooks::alerts::Event;
use serde_json::json;
use std::rc::Rc;

/// TTL of a silent inbox source, milliseconds: rows that it repeats later are accepted again.
const SOURCE_KEPT_MS: i64 = 30 * 24 * 60 * 60 * 1_000;
/// TTL of the list of devices paged for an alert, milliseconds: later they get no notice of its end.
const PAGED_KEPT_MS: i64 = 30 * 24 * 60 * 60 * 1_000;

impl Object {
    /// Accepts a hand-over; pages and webhook requests are sent in the background.
    pub(super) fn take(self: &Rc<Self>, handover: Notifications) -> Outcome<()> {
        let Notifications { tenant, source, notifications } = handover;
        if i64::try_from(notifications.len()).is_ok_and(|count| count > MAX_HANDOVER) {
            return Err(Problem::internal("a handover of another version"));
        }
        let now = self.context.now();
        self.belong_to(&tenant)?;
        let taken = self.inbox.accept(&source, notifications, now, |notifications| {
            notifications.iter().enumerate().try_for_each(|(at, notification)| {
                let later = notifications.get(at.saturating_add(1)..).unwrap_or_default();
                self.take_one(&tenant, notification, later, now)
            })
        });
        // On failure the tables lack what the webhook queue accepted in memory, so the queue is opened anew.
        taken.inspect_err(|_| self.webhooks.reload())?;
        self.go_on();
        Ok(())
    }

    /// Takes a notification of a hand-over, which `later` ones follow.
    fn take_one(
        &self,
        tenant: &TenantId,
        notification: &Notification,
        later: &[Notification],
        now: Timestamp,
    ) -> Outcome<()> {
        if let Some(event) = Event::of(notification, tenant) {
            self.webhooks.with(|queue| queue.accept(event, now))?;
        }
        let Some(notice) = Notice::of(notification) else { return Ok(()) };
        // A device gets an alert's newest page only: after an outage, rounds of raising and cancelling are one.
        if notification.is_replaced_by(later) {
            return Ok(());
        }
        match &notification.page {
            Some(page) => self.page_named(notification, page, &notice, now),
            None => self.notify_paged(notification, &notice, now),
        }
    }

    /// Pages everybody named, except the alert's owner: under duress their device would give them away.
    fn page_named(&self, notification: &Notification, page: &Page, notice: &Notice, now: Timestamp) -> Outcome<()> {
        let alert = &notification.alert;
        let number = self.add_page(&alert.id, notice, now.plus_millis(PAGE_LIFE_MS))?;
        let owner = alert.user.id.as_str();
        let groups = json!(page.groups).to_string();
        let people = json!(page.people).to_string();
        for (statement, named) in [(jobs::ADD_FOR_GROUPS, groups), (jobs::ADD_FOR_USERS, people)] {
            let params = [text(alert.id.as_str()), int(number), int(now.millis()), text(&named), text(owner)];
            self.sql.run(statement, &params)?;
        }
        Ok(())
    }

    /// Sends the alert's state to devices that were paged, and withdraws pages not sent yet. Pages needed until the
    /// alert is over stay while it is open.
    fn notify_paged(&self, notification: &Notification, notice: &Notice, now: Timestamp) -> Outcome<()> {
        let id = text(notification.alert.id.as_str());
        let is_over = !notification.alert.is_open();
        self.sql.run(jobs::WITHDRAW_ALERT, vec![id.clone(), int(is_over.into())])?;
        let number = self.add_page(&notification.alert.id, notice, now.plus_millis(QUIET_LIFE_MS))?;
        let owner = text(notification.alert.user.id.as_str());
        self.sql.run(jobs::ADD_FOR_PAGED, vec![id.clone(), int(number), int(now.millis()), owner])?;
        if is_over {
            self.sql.run(paged::FORGET, vec![id])?;
        }
        Ok(())
    }

    fn add_page(&self, alert: &AlertId, notice: &Notice, until: Timestamp) -> Outcome<i64> {
        let is_page = notice.tone == Tone::Page;
        let while_open = is_page && notice.needed == Needed::UntilOver;
        let id = text(alert.as_str());
        let (is_page, while_open) = (int(is_page.into()), int(while_open.into()));
        let params = vec![id.clone(), text(&notice.text), is_page, while_open, int(until.millis())];
        self.sql.run(pages::ADD, params)?;
        let number = self.sql.find(pages::NEWEST, [id], |row| row.int(0))?;
        number.ok_or_else(|| Problem::internal("a page was not kept"))
    }

    /// Forgets a user who is no guard any more, or was signed out. When this returns, none of the devices that they subscribed
    /// until then is paged again.
    pub(super) fn forget(self: &Rc<Self>, forget: &Forget) -> Outcome<()> {
        // Most users who are signed out are in tenants without a device.
        if forget.before.is_some() && !self.tables.exist() {
            return Ok(());
        }
        self.belong_to(&forget.tenant)?;
        self.forget_person(&forget.user, forget.before.unwrap_or(self.context.now()))?;
        self.arm();
        Ok(())
    }

    /// Deletes expired pages, devices, inbox sources and lists of paged devices.
    pub(super) fn clean_up(&self) -> Outcome<()> {
        let now = self.context.now();
        self.end_pages(now)?;
        self.drop_expired_devices(now)?;
        self.inbox.forget_silent(now.plus_millis(-SOURCE_KEPT_MS))?;
        self.webhooks.backend.history.forget_old()?;
        self.sql.run(paged::FORGET_OLD, vec![int(now.plus_millis(-PAGED_KEPT_MS).millis())])
    }
}
