//! The `ChatPush` object: sends the notifications of one person to their devices by Web Push, or tells the members of one conversation
//! of a notification of all of them ([`announcing`]).
//!
//! One object per person, so that nobody's devices delay another's. It has nothing to do with alerts, whose pages are sent by
//! the [`pager`](crate::pager). Which devices a person has is in the record; a message names them.
//!
//! **Atomicity.** One turn without an await turns a message into stored jobs, one for each device. An attempt is counted
//! before its request, and its outcome is stored before the next one: a lost request is sent again, and a device shows one
//! notification for each topic.
//!
//! **What survives hibernation.** In SQLite: the person, and the jobs with their attempts. One alarm serves all due times.

mod announcing;
mod queries;
#[cfg(test)]
mod tests;

#[cfg(test)]
pub(crate) use queries::FILES;

use crate::platform::log_failure;
use crate::push_signing::Signing;
use crate::sql::{Row, Sql, int, text};
use campana_core::chat::push::{Announcement, PushMessage};
use campana_core::push::{DeviceKeys, Ephemeral, Outcome, encrypt, retry_at};
use campana_core::shared::address::host_of;
use campana_core::shared::backoff::{doubled, shortened};
use campana_core::shared::ids::{TenantId, UserId};
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use campana_core::webhooks::LEASE_MS;
use campana_runtime::Context;
use campana_runtime::http::Failure;
use campana_runtime::instance::{Instance, read_request};
use campana_runtime::ports::{Answer, Outbound};
use campana_runtime::single_flight::SingleFlight;
use campana_runtime::sql::Tables;
use campana_schema::objects::{ANNOUNCEMENTS, CHAT_PUSH};
use futures_util::StreamExt;
use queries::jobs;
use std::rc::Rc;

/// Messages that wait at most, over all devices: the oldest are dropped.
const MAX_JOBS: i64 = 100;
/// Concurrent requests.
const LANES: usize = 4;
/// Jobs of a batch, and batches of a run, since one invocation may send only so many requests. The alarm goes on.
const BATCH: i64 = 8;
const MAX_BATCHES: usize = 6;
/// Time-out of a request to a push service, milliseconds.
const TIMEOUT_MS: u32 = 5_000;
/// Delays between two attempts of a job, doubled, with jitter of up to a half, milliseconds.
const FIRST_RETRY_MS: i64 = 1_000;
const LONGEST_RETRY_MS: i64 = 10 * 60_000;
/// Shortest delay of the alarm, milliseconds.
const SOONEST_MS: i64 = 1_000;
/// Delay of the alarm after the database failed, milliseconds.
const SAFETY_MS: i64 = 5_000;
/// Keys in `meta`: the person.
const TENANT: &str = "tenant";
const USER: &str = "user_id";

/// A person's pushes, or a conversation's announcements. Requests: `/push` with a [`PushMessage`], `/announce` with an
/// [`Announcement`].
pub(crate) struct Object {
    sql: Sql,
    context: Context,
    tables: Tables,
    announcement_tables: Tables,
    signing: Rc<Signing>,
    flight: SingleFlight,
    announcing: SingleFlight,
}

/// A message for one device.
struct Job {
    number: i64,
    endpoint: String,
    p256dh: String,
    auth: String,
    topic: String,
    message: String,
    until: Timestamp,
    /// Attempts so far.
    tries: u32,
}

impl Instance for Object {
    fn start(context: Context) -> Rc<Self> {
        let sql = context.sql.clone();
        Rc::new(Self {
            signing: Signing::of(&context),
            tables: Tables::new(sql.clone(), &CHAT_PUSH),
            announcement_tables: Tables::new(sql.clone(), &ANNOUNCEMENTS),
            flight: SingleFlight::default(),
            announcing: SingleFlight::default(),
            sql,
            context,
        })
    }

    async fn request(self: &Rc<Self>, path: &str, body: &str) -> Answer {
        match path {
            "/push" => Answer::done(read_request(body).and_then(|message| self.take(&message))),
            "/announce" => {
                let taken = read_request::<Announcement>(body);
                Answer::done(taken.and_then(|announcement| self.take_announcement(&announcement)))
            }
            _ => Answer::problem(&Problem::not_found()),
        }
    }

    async fn alarm(self: &Rc<Self>) {
        self.context.alarm().fired();
        if self.tables.exist() {
            self.arm();
            self.send();
            self.announce();
        }
    }
}

impl Object {
    /// Stores a job for each device, and sends them in the background.
    fn take(self: &Rc<Self>, message: &PushMessage) -> Result<(), Problem> {
        self.tables.make()?;
        let now = self.context.now().millis();
        self.sql.transaction(|| {
            if self.sql.recall(USER)?.is_none() {
                self.sql.keep(TENANT, message.tenant.as_str())?;
                self.sql.keep(USER, message.user.as_str())?;
            }
            for device in &message.devices {
                let params = vec![
                    text(&device.endpoint),
                    text(&device.keys.p256dh),
                    text(&device.keys.auth),
                    text(&message.topic),
                    text(&message.text),
                    int(message.until.millis()),
                    int(now),
                ];
                self.sql.run(jobs::ADD, params)?;
            }
            self.sql.run(jobs::CROWD, vec![int(MAX_JOBS)])
        })?;
        self.arm();
        self.send();
        Ok(())
    }

    /// Sends due jobs in the background.
    fn send(self: &Rc<Self>) {
        let Some(flight) = self.flight.begin() else { return };
        let object = Rc::clone(self);
        self.context.spawn(async move {
            if let Err(problem) = object.send_due().await {
                log_failure("chat_push.send", None, &problem);
            }
            drop(flight);
            object.arm();
        });
    }

    async fn send_due(&self) -> Result<(), Problem> {
        for _ in 0..MAX_BATCHES {
            let now = self.context.now();
            if self.sql.writes(jobs::END_BEFORE, vec![int(now.millis())])? {
                log_too_old();
            }
            let due = self.sql.list(jobs::DUE, [int(now.millis()), int(BATCH)], job)?;
            if due.is_empty() {
                return Ok(());
            }
            let leased_until = int(now.plus_millis(LEASE_MS).millis());
            due.iter().try_for_each(|job| self.sql.run(jobs::BEGIN, vec![int(job.number), leased_until.clone()]))?;
            let requests = due.iter().map(async |job| {
                let outcome = self.post(job).await;
                self.settle(job, outcome).await
            });
            let outcomes: Vec<_> = futures_util::stream::iter(requests).buffer_unordered(LANES).collect().await;
            outcomes.into_iter().collect::<Result<(), Problem>>()?;
        }
        Ok(())
    }

    async fn post(&self, job: &Job) -> Result<Outcome, Failure> {
        let now = self.context.now();
        let authorization = self.signing.authorization(&job.endpoint, now).ok_or(Failure::Unsigned)?;
        let body = self.encrypted(job).ok_or(Failure::Unsigned)?;
        let ttl = job.until.since(now).div_ceil(1_000).to_string();
        let headers = [
            ("authorization", authorization),
            ("content-encoding", "aes128gcm".to_owned()),
            ("content-type", "application/octet-stream".to_owned()),
            ("ttl", ttl),
            ("urgency", "normal".to_owned()),
            ("topic", job.topic.clone()),
        ];
        let headers = headers.into_iter().map(|(name, value)| (name.into(), value)).collect();
        let request = Outbound { url: job.endpoint.clone(), headers, body };
        let answer = self.context.post(request, TIMEOUT_MS).await?;
        let outcome = Outcome::of(answer.status, answer.retry_after.as_deref());
        if outcome != Outcome::Taken {
            log(job, Failure::Answered(answer.status));
        }
        Ok(outcome)
    }

    /// The message, encrypted for the device. `None` if its keys are invalid or randomness fails.
    fn encrypted(&self, job: &Job) -> Option<Vec<u8>> {
        let keys = DeviceKeys::read(&job.p256dh, &job.auth).ok()?;
        let ephemeral = Ephemeral::new(self.context.random().ok()?)?;
        encrypt(job.message.as_bytes(), &keys, &ephemeral, self.context.random().ok()?)
    }

    /// Stores the outcome of a request.
    async fn settle(&self, job: &Job, outcome: Result<Outcome, Failure>) -> Result<(), Problem> {
        let asked_ms = match outcome {
            Ok(Outcome::Taken | Outcome::Refused) => return self.sql.run(jobs::END, vec![int(job.number)]),
            Ok(Outcome::Gone) => return self.forget(job).await,
            Ok(Outcome::Later(asked_ms)) => asked_ms,
            Err(failure) => {
                log(job, failure);
                if matches!(failure, Failure::NotAllowed | Failure::Unsigned) {
                    return self.sql.run(jobs::END, vec![int(job.number)]);
                }
                None
            }
        };
        let chance = self.context.chance()?;
        // Slower than a page of an alert: a notification is of use for hours.
        let pause_ms = shortened(doubled(FIRST_RETRY_MS, LONGEST_RETRY_MS, job.tries), 2, chance);
        let pause_ms = pause_ms.max(asked_ms.unwrap_or(0));
        if let Some(at) = retry_at(job.tries, Some(pause_ms), job.until, self.context.now(), chance) {
            return self.sql.run(jobs::RETRY, vec![int(job.number), int(at.millis())]);
        }
        log_too_old();
        self.sql.run(jobs::END, vec![int(job.number)])
    }

    /// Removes a device that its push service does not know any more, with its jobs. If the record does not answer, the next
    /// message for the device removes it.
    async fn forget(&self, job: &Job) -> Result<(), Problem> {
        self.sql.run(jobs::REMOVE_OF_DEVICE, vec![text(&job.endpoint)])?;
        let (Some(tenant), Some(user)) = (self.sql.recall(TENANT)?, self.sql.recall(USER)?) else { return Ok(()) };
        let (tenant, user) = (TenantId::trusted(tenant), UserId::trusted(user));
        if let Err(error) = self.context.record()?.remove_push_device(&tenant, &user, &job.endpoint).await {
            tracing::warn!(at = "chat_push.device", detail = %error);
        }
        Ok(())
    }

    /// Arms the alarm for the next job or announcement.
    fn arm(&self) {
        let now = self.context.now();
        // The database logs its failure; the alarm retries.
        let next = self.sql.find(jobs::NEXT, [], |row| row.time(0));
        let next = next.unwrap_or_else(|_| Some(now.plus_millis(SAFETY_MS)));
        if let Some(at) = next.into_iter().chain(self.next_announcement(now)).min() {
            self.context.wake_at(at.max(now.plus_millis(SOONEST_MS)));
        }
    }
}

/// Logs that a message expired before a push service accepted it.
fn log_too_old() {
    tracing::warn!(at = "chat_push.push", reason = "too_old");
}

/// Logs a failed attempt: host and numbers. The rest of the endpoint is the device's secret.
fn log(job: &Job, failure: Failure) {
    let (host, reason, status) = (host_of(&job.endpoint), failure.as_str(), failure.status());
    tracing::warn!(at = "chat_push.push", host, reason, status, attempts = job.tries.saturating_add(1));
}

fn job(row: &Row) -> Option<Job> {
    Some(Job {
        number: row.int(0)?,
        endpoint: row.string(1)?,
        p256dh: row.string(2)?,
        auth: row.string(3)?,
        topic: row.string(4)?,
        message: row.string(5)?,
        until: row.time(6)?,
        tries: row.number(7)?,
    })
}
