//! Requests to push services.
//!
//! Jobs are sent by senders, each with one request at a time; the platform limits concurrent requests to their number. A
//! sender takes the next due job. Before a batch of jobs is distributed, the desk is asked for the state of their alerts.
//! A sender ends when nothing is due or after [`MAX_PER_SENDER`] requests, since one invocation may send only so many; then
//! the alarm goes on. Slow devices (their push service did not answer) get a few of the senders, after all others.

use super::queries::{devices, jobs, paged, pages, reports};
use super::{Object, Outcome};
use crate::sql::{Param, Row, int, json, text};
use campana_core::accounts::metrics::FAILED_DELIVERIES;
use campana_core::alerts::AlertId;
use campana_core::alerts::notification::{AlertStateAnswer, AlertStateQuery};
use campana_core::alerts::push::{
    DeviceKeys, Ephemeral, Needed, Outcome as Pushed, PAGE_LIFE_MS, QUIET_LIFE_MS, Tone, encrypt, retry_at, topic,
};
use campana_core::shared::address::host_of;
use campana_core::shared::timestamp::Timestamp;
use campana_core::webhooks::LEASE_MS;
use campana_runtime::http::Failure;
use campana_runtime::metrics;
use campana_runtime::ports::{Address, Outbound};
use futures_util::lock::Mutex;
use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet, VecDeque};
use std::rc::Rc;

/// Concurrent requests.
const MAX_LANES: usize = 6;
/// Concurrent requests to slow devices.
const MAX_SLOW: usize = 2;
/// Requests of one sender, after which the alarm goes on.
const MAX_PER_SENDER: u32 = 60;
/// Jobs in one batch.
const SLICE: usize = 24;
/// Users whose alerts share a batch.
const MAX_OWNERS: usize = 8;
/// Time-out of a request to a push service, milliseconds.
const TIMEOUT_MS: u32 = 5_000;
/// Time-out of a request to the desk for an alert's state, milliseconds.
const STATE_TIMEOUT_MS: u32 = 2_000;
/// Pause after the desk did not answer, milliseconds: in it, pages are sent without asking.
const SILENT_DESK_MS: i64 = 5_000;

/// State of sending, in memory.
#[derive(Default)]
pub(super) struct Pushing {
    senders: Cell<usize>,
    /// Endpoints with a request in flight, and whether they are slow. Their next job waits for its outcome.
    in_flight: RefCell<HashMap<String, bool>>,
    /// Jobs of the present batch that no sender has taken.
    ready: RefCell<VecDeque<Job>>,
    distribution: Mutex<()>,
    /// The user whose alerts' jobs ended the last batch: the next batch begins after them.
    last_owner: RefCell<Option<String>>,
    desk_silent_until: Cell<Option<Timestamp>>,
}

/// A page to send to one device.
#[derive(Clone)]
struct Job {
    alert: AlertId,
    endpoint: String,
    page: i64,
    /// Attempts so far.
    tries: u32,
    /// Whether its push service did not answer the last request.
    is_slow: bool,
    user: String,
    p256dh: String,
    auth: String,
    /// Who raised the alert.
    owner: String,
}

/// The content of a job, shared by all devices.
#[derive(Clone)]
struct Page {
    message: String,
    tone: Tone,
    needed: Needed,
    until: Timestamp,
}

impl Pushing {
    /// Whether any sender runs: it reaches due jobs without the alarm.
    pub(super) fn is_busy(&self) -> bool {
        self.senders.get() > 0
    }
}

impl Object {
    /// Sends due jobs in the background.
    pub(super) fn push(self: &Rc<Self>) {
        let is_due = self.tables.exist() && self.due_jobs().is_ok_and(|jobs| !jobs.is_empty());
        let wanted = if is_due { MAX_LANES } else { 0 };
        while self.pushing.senders.get() < wanted {
            self.pushing.senders.set(self.pushing.senders.get().saturating_add(1));
            let object = Rc::clone(self);
            self.context.spawn(async move {
                object.run_sender().await;
                object.pushing.senders.set(object.pushing.senders.get().saturating_sub(1));
                object.report();
                object.arm();
            });
        }
    }

    async fn run_sender(&self) {
        for _ in 0..MAX_PER_SENDER {
            // The engine logs a failure, and the alarm retries.
            let Ok(Some(job)) = self.next_job().await else { return };
            self.pushing.in_flight.borrow_mut().insert(job.endpoint.clone(), job.is_slow);
            let outcome = self.send(&job).await;
            self.pushing.in_flight.borrow_mut().remove(&job.endpoint);
            if outcome.is_err() {
                return;
            }
        }
    }

    /// The next due job, from a batch that was checked with the desk.
    async fn next_job(&self) -> Outcome<Option<Job>> {
        let _one_at_a_time = self.pushing.distribution.lock().await;
        loop {
            if let Some(job) = self.pushing.ready.borrow_mut().pop_front() {
                return Ok(Some(job));
            }
            self.end_pages(self.context.now())?;
            let jobs = self.due_jobs()?;
            if jobs.is_empty() {
                return Ok(None);
            }
            *self.pushing.last_owner.borrow_mut() = jobs.last().map(|job| job.owner.clone());
            let wanted = self.still_wanted(jobs).await?;
            self.pushing.ready.borrow_mut().extend(wanted);
        }
    }

    /// Due jobs for devices without a request in flight. The users who raised their alerts take turns, so that no user's
    /// alerts delay another's. Slow devices come last, limited by [`MAX_SLOW`].
    fn due_jobs(&self) -> Outcome<Vec<Job>> {
        let in_flight = self.pushing.in_flight.borrow();
        let slow = in_flight.values().filter(|is_slow| **is_slow).count();
        let mut jobs = Vec::new();
        for (is_slow, most) in [(false, SLICE), (true, MAX_SLOW.saturating_sub(slow))] {
            if most == 0 {
                continue;
            }
            let owners = self.due_by_owner(is_slow, &in_flight)?;
            let share = most.checked_div(owners.len()).unwrap_or(0).max(1);
            jobs.extend(owners.into_iter().flat_map(|due| due.into_iter().take(share)).take(most));
        }
        Ok(jobs)
    }

    /// Due jobs for devices without a request in flight, by the user who raised the alert: of at most [`MAX_OWNERS`], after
    /// those of the last batch.
    fn due_by_owner(&self, is_slow: bool, in_flight: &HashMap<String, bool>) -> Outcome<Vec<Vec<Job>>> {
        let mut owners: Vec<Vec<Job>> = Vec::new();
        let mut seen: HashSet<String> = HashSet::new();
        let mut after = self.pushing.last_owner.borrow().clone();
        let mut has_wrapped = after.is_none();
        let now = self.context.now().millis();
        let slice = i64::try_from(SLICE).unwrap_or(i64::MAX);
        let busy = in_flight.keys().collect::<Vec<_>>();
        // Each owner found has a job for a device without a request in flight, so the loop ends after `MAX_OWNERS`.
        while owners.len() < MAX_OWNERS {
            let params = vec![int(is_slow.into()), int(now), text(after.as_deref().unwrap_or("")), json(&busy)];
            let Some(owner) = self.sql.find(jobs::NEXT_OWNER, params, |row| row.string(0))? else {
                if has_wrapped {
                    break;
                }
                (after, has_wrapped) = (None, true);
                continue;
            };
            if !seen.insert(owner.clone()) {
                break;
            }
            let params = vec![int(is_slow.into()), int(now), int(slice), text(&owner), json(&busy)];
            owners.push(self.sql.list(jobs::DUE, params, |row| job(row, is_slow, &owner))?);
            after = Some(owner);
        }
        Ok(owners)
    }

    /// Withdraws pages whose alerts no longer need them. If the desk does not answer, the page is sent.
    async fn still_wanted(&self, jobs: Vec<Job>) -> Outcome<Vec<Job>> {
        let mut states: HashMap<AlertId, Option<AlertStateAnswer>> = HashMap::new();
        let mut wanted = Vec::new();
        let mut withdrawn = HashSet::new();
        for job in jobs {
            let Some(page) = self.page(job.page)? else {
                self.sql.run(jobs::END, job.params([]))?;
                continue;
            };
            if page.tone == Tone::Page {
                let state = match states.get(&job.alert) {
                    Some(state) => *state,
                    None => self.ask_desk(&job.alert).await,
                };
                states.insert(job.alert.clone(), state);
                if state.is_some_and(|state| !page.needed.still(state)) {
                    withdrawn.insert(job.page);
                    continue;
                }
            }
            wanted.push(job);
        }
        for number in withdrawn {
            self.sql.run(jobs::WITHDRAW_PAGE, vec![int(number)])?;
        }
        Ok(wanted)
    }

    /// The alert's state. `None` if the desk did not answer by the deadline, or did not lately.
    async fn ask_desk(&self, alert: &AlertId) -> Option<AlertStateAnswer> {
        if self.pushing.desk_silent_until.get().is_some_and(|until| self.context.now() < until) {
            return None;
        }
        let tenant = self.tenant().ok().flatten()?;
        let desk = Address { namespace: "ALERT_DESK", name: tenant.as_str().to_owned() };
        match self.context.ask(&desk, "standing", &AlertStateQuery { id: alert.clone() }, STATE_TIMEOUT_MS).await {
            Ok(state) => Some(state),
            Err(error) => {
                self.pushing.desk_silent_until.set(Some(self.context.now().plus_millis(SILENT_DESK_MS)));
                tracing::warn!(at = "pager.standing", detail = %error);
                None
            }
        }
    }

    fn page(&self, number: i64) -> Outcome<Option<Page>> {
        self.sql.find(pages::GET, [int(number)], page)
    }

    /// Sends a job if it still exists, and stores the outcome.
    async fn send(&self, job: &Job) -> Outcome<()> {
        let now = self.context.now();
        let Some(page) = self.page(job.page)? else { return Ok(()) };
        if !self.sql.writes(jobs::BEGIN, job.params([int(now.plus_millis(LEASE_MS).millis())]))? {
            return Ok(());
        }
        if page.tone == Tone::Page {
            let params = vec![text(job.alert.as_str()), text(&job.endpoint), int(now.millis())];
            self.sql.run(paged::NOTE, params)?;
        }
        let outcome = self.post_page(job, &page).await;
        self.settle(job, &page, outcome)
    }

    async fn post_page(&self, job: &Job, page: &Page) -> Result<Pushed, Failure> {
        let Some(authorization) = self.signing.authorization(&job.endpoint, self.context.now()) else {
            return Err(Failure::Unsigned);
        };
        let body = self.encrypted(job, page).ok_or(Failure::Unsigned)?;
        let (urgency, life_ms) = match page.tone {
            Tone::Page => ("high", PAGE_LIFE_MS),
            Tone::Quiet => ("normal", QUIET_LIFE_MS),
        };
        let (ttl, topic) = ((life_ms / 1_000).to_string(), topic(&job.alert));
        let headers = [
            ("authorization", authorization),
            ("content-encoding", "aes128gcm".to_owned()),
            ("content-type", "application/octet-stream".to_owned()),
            ("ttl", ttl),
            ("urgency", urgency.to_owned()),
            ("topic", topic),
        ];
        let headers = headers.into_iter().map(|(name, value)| (name.into(), value)).collect();
        let request = Outbound { url: job.endpoint.clone(), headers, body };
        let answer = self.context.post(request, TIMEOUT_MS).await?;
        let pushed = Pushed::of(answer.status, answer.retry_after.as_deref());
        if pushed != Pushed::Taken {
            log(job, Failure::Answered(answer.status));
        }
        if pushed.is_refusal(answer.status) {
            self.note_refusal(answer.status);
        }
        Ok(pushed)
    }

    /// The message, encrypted for the device (`aes128gcm`). `None` if its keys are invalid or randomness fails.
    fn encrypted(&self, job: &Job, page: &Page) -> Option<Vec<u8>> {
        let keys = DeviceKeys::read(&job.p256dh, &job.auth).ok()?;
        let ephemeral = Ephemeral::new(self.context.random().ok()?)?;
        encrypt(page.message.as_bytes(), &keys, &ephemeral, self.context.random().ok()?)
    }

    fn settle(&self, job: &Job, page: &Page, outcome: Result<Pushed, Failure>) -> Outcome<()> {
        if !matches!(outcome, Ok(Pushed::Taken))
            && let Some(tenant) = self.tenant()?
        {
            metrics::count(&tenant, |collector| collector.add(&FAILED_DELIVERIES, &["push"], 1));
            metrics::report_soon(&self.context, &tenant);
        }
        let is_slow = matches!(outcome, Err(Failure::TimedOut | Failure::Unreachable));
        if is_slow != job.is_slow {
            let params = vec![text(&job.endpoint), int(is_slow.into())];
            self.sql.run(devices::MARK, params.clone())?;
            self.sql.run(jobs::MARK, params)?;
        }
        let later = match outcome {
            Ok(Pushed::Taken) => {
                if page.tone == Tone::Page {
                    self.sql.run(reports::NOTE, vec![text(job.alert.as_str()), text(&job.user)])?;
                }
                return self.sql.run(jobs::END, job.params([]));
            }
            Ok(Pushed::Gone) => return self.remove_device(&job.endpoint),
            Ok(Pushed::Refused) => return self.sql.run(jobs::END, job.params([])),
            Ok(Pushed::Later(retry_after)) => retry_after,
            Err(failure) => {
                log(job, failure);
                if matches!(failure, Failure::NotAllowed | Failure::Unsigned) {
                    return self.sql.run(jobs::END, job.params([]));
                }
                None
            }
        };
        let (now, chance) = (self.context.now(), self.context.chance()?);
        if let Some(at) = retry_at(job.tries, later, page.until, now, chance) {
            return self.sql.run(jobs::RETRY, job.params([int(at.millis())]));
        }
        log_too_old();
        self.sql.run(jobs::END, job.params([]))
    }

    /// Deletes expired jobs and pages.
    pub(super) fn end_pages(&self, now: Timestamp) -> Outcome<()> {
        if self.sql.writes(jobs::END_BEFORE, vec![int(now.millis())])? {
            log_too_old();
        }
        self.sql.run(pages::END_BEFORE, vec![int(now.millis())])
    }
}

impl Job {
    /// The job's key as parameters, followed by `more`.
    fn params<const N: usize>(&self, more: [Param<'static>; N]) -> Vec<Param<'_>> {
        let named = [text(self.alert.as_str()), text(&self.endpoint), int(self.page)];
        named.into_iter().chain(more).collect()
    }
}

/// Logs that a page expired before a push service accepted it.
fn log_too_old() {
    tracing::warn!(at = "pager.push", reason = "too_old");
}

/// Logs a failed attempt: host and numbers. The rest of the endpoint is the device's secret.
fn log(job: &Job, failure: Failure) {
    let (host, reason, status) = (host_of(&job.endpoint), failure.as_str(), failure.status());
    tracing::warn!(at = "pager.push", host, reason, status, attempts = job.tries.saturating_add(1));
}

fn job(row: &Row, is_slow: bool, owner: &str) -> Option<Job> {
    Some(Job {
        alert: AlertId::trusted(row.text(0)?),
        endpoint: row.string(1)?,
        page: row.int(2)?,
        tries: row.number(3)?,
        is_slow,
        user: row.string(4)?,
        p256dh: row.string(5)?,
        auth: row.string(6)?,
        owner: owner.to_owned(),
    })
}

fn page(row: &Row) -> Option<Page> {
    let flag = |at: usize| row.int(at).map(|value| value == 1);
    Some(Page {
        message: row.string(0)?,
        tone: if flag(1)? { Tone::Page } else { Tone::Quiet },
        needed: if flag(2)? { Needed::UntilOver } else { Needed::UntilTaken },
        until: row.time(3)?,
    })
}
