//! Alarm: pings silent sockets, closes expired ones, closes all if the app is disabled, and retries targets that did
//! not answer.

use super::client::Client;
use super::{Object, listing};
use crate::quota_reporter;
use campana_core::pusher::code::Code;
use campana_core::pusher::frame::PING;
use campana_core::shared::timestamp::Timestamp;
use std::rc::Rc;

/// A client is pinged after its activity time-out plus this, milliseconds.
const GRACE_MS: u64 = 5_000;
/// Time-out of a ping, milliseconds.
const PONG_MS: u64 = 20_000;
/// Bounds of the interval between two checks of the sockets, milliseconds.
const SHORTEST_CHECK_MS: i64 = 5_000;
const LONGEST_CHECK_MS: i64 = 60_000;

impl Object {
    /// Arms the alarm for the next check of the sockets, if there are any.
    pub(super) fn arm_for_clients(&self) {
        let clients = self.clients.borrow();
        if clients.len() == 0 {
            return;
        }
        let check = self.next_check();
        self.context.wake_at(clients.next_due().map_or(check, |due| due.min(check)));
    }

    /// Arms the alarm for one socket. Looking at all of them would make each subscription as costly as there are others.
    pub(super) fn arm_for_client(&self, client: &Client) {
        let check = self.next_check();
        self.context.wake_at(client.due_at().map_or(check, |due| due.min(check)));
    }

    fn next_check(&self) -> Timestamp {
        let timeout_ms = i64::from(self.pusher().activity_timeout_s).saturating_mul(1_000);
        self.context.now().plus_millis(timeout_ms.clamp(SHORTEST_CHECK_MS, LONGEST_CHECK_MS))
    }

    /// Runs everything that is due.
    pub(super) async fn run_due(self: &Rc<Self>) {
        self.context.alarm().fired();
        if self.me().is_none() {
            return;
        }
        if self.clients.borrow().len() > 0 && self.settings.is_due(self.context.now()) {
            match self.app().await {
                Ok(app) if app.disabled => self.close_all(Code::AppDisabled),
                Ok(app) => {
                    let effective: Vec<_> = app.revocations.effective(self.context.now()).cloned().collect();
                    self.end_revoked(&effective);
                }
                // Without an answer the cached settings stay in use.
                Err(_) => {}
            }
        }
        self.check_clients();
        self.drop_unread();
        self.check_public_chat();
        self.maintain_reports();
        self.maintain_occupancy();
        self.retry_doubtful();
        quota_reporter::report_soon(self);
        self.arm_for_clients();
        // `list` logs its failure, and the next alarm retries.
        let _reported = listing::list(self).await;
    }

    fn close_all(self: &Rc<Self>, code: Code) {
        let clients = self.clients.borrow().all();
        for client in clients {
            self.dismiss(&client, code);
        }
    }

    /// Times that are ahead of a clock that was set back count as now: a silent client would be checked hours late.
    fn check_clients(self: &Rc<Self>) {
        let now = self.context.now();
        let silence_ms = u64::from(self.pusher().activity_timeout_s).saturating_mul(1_000).saturating_add(GRACE_MS);
        let clients = self.clients.borrow().all();
        for client in clients {
            if client.expires_at().is_some_and(|at| at <= now) {
                // The client reconnects and authenticates again.
                self.dismiss(&client, Code::Reconnect);
                continue;
            }
            if client.sign_in_by.get().is_some_and(|by| by <= now) {
                self.dismiss(&client, Code::Unauthorized);
                continue;
            }
            client.heard_at.set(client.heard_at.get().min(now));
            client.pinged_at.set(client.pinged_at.get().map(|at| at.min(now)));
            let answered = self.context.host().ponged_at(&*client.socket);
            let heard = answered.map_or(client.heard_at.get(), |at| at.max(client.heard_at.get()));
            if let Some(at) = client.pinged_at.get() {
                if heard > at {
                    client.pinged_at.set(None);
                } else if now.since(at) >= PONG_MS {
                    self.dismiss(&client, Code::NoPong);
                }
            } else if now.since(heard) >= silence_ms {
                // The gateway pings because a client that constantly gets frames never has to ping by itself.
                client.pinged_at.set(Some(now));
                client.persist();
                client.send(PING);
                self.context.wake_at(now.plus_millis(i64::try_from(PONG_MS).unwrap_or(i64::MAX)));
            }
        }
    }
}
