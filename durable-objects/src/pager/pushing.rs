//! Pages on their way to push services.
//!
//! A few lanes send, each one request at a time: as many as the platform lets wait for an answer at once. A lane takes the
//! next job that is due; before jobs are given out the desk is asked how their alerts stand. A lane ends when nothing is
//! due, or when it has sent so much that the next alarm had better go on: what one call may send has a limit. Devices whose
//! push service did not answer have a few of the lanes, and come after all others: nobody waits for them twice.

use super::{Object, Outcome};
use crate::platform;
use crate::sql::{Param, Row, as_int, as_text, int, text};
use campana_core::alerts::AlertId;
use campana_core::alerts::notification::{Standing, StandingOf};
use campana_core::alerts::push::{
    DeviceKeys, Ephemeral, Needed, Outcome as Pushed, PAGE_LIFE_MS, QUIET_LIFE_MS, Tone, encrypt, retry_at, topic,
};
use campana_core::shared::address::host_of;
use campana_core::shared::timestamp::Timestamp;
use campana_runtime::http::Failure;
use campana_runtime::ports::{Address, Outbound};
use campana_schema::objects::pager;
use futures_util::lock::Mutex;
use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet, VecDeque};
use std::rc::Rc;

/// Requests at once.
const MAX_LANES: usize = 6;
/// Of them to devices whose push service did not answer the last time.
const MAX_SLOW: usize = 2;
/// Requests of one lane until it leaves the rest to the alarm.
const MAX_PER_LANE: u32 = 60;
/// Jobs given out for one question to the desk.
const SLICE: usize = 24;
/// How long a push service may take to answer, milliseconds.
const TIMEOUT_MS: u32 = 5_000;
/// When a try of which nobody heard is made again, milliseconds: longer than a request may take.
const UNDER_WAY_MS: i64 = 15_000;
/// How long the desk may take to say how an alert stands, milliseconds.
const STANDING_TIMEOUT_MS: u32 = 2_000;
/// A desk that did not answer is not asked again for so long, milliseconds: pages go out without.
const SILENT_DESK_MS: i64 = 5_000;

/// Where sending stands, in memory.
#[derive(Default)]
pub(super) struct Pushing {
    lanes: Cell<usize>,
    /// Devices that a request is under way to, and whether they are slow: the next one waits for its outcome.
    under_way: RefCell<HashMap<String, bool>>,
    /// Jobs that were given out and are not begun.
    ready: RefCell<VecDeque<Job>>,
    giving_out: Mutex<()>,
    desk_silent_until: Cell<Option<Timestamp>>,
}

/// A page that is to be sent to a device.
#[derive(Clone)]
struct Job {
    alert: AlertId,
    endpoint: String,
    page: i64,
    /// How often it was tried before.
    tries: u32,
    /// Whether its push service did not answer the last time.
    is_slow: bool,
    user: String,
    p256dh: String,
    auth: String,
}

/// What is to be sent.
#[derive(Clone)]
struct Page {
    message: String,
    tone: Tone,
    needed: Needed,
    until: Timestamp,
}

impl Pushing {
    /// Whether anything is being sent: whoever is under way comes to what is due.
    pub(super) fn is_busy(&self) -> bool {
        self.lanes.get() > 0
    }
}

impl Object {
    /// In the background: sends what is due.
    pub(super) fn push(self: &Rc<Self>) {
        let is_due = self.rows.are_made() && self.due_jobs().is_ok_and(|jobs| !jobs.is_empty());
        let wanted = if is_due { MAX_LANES } else { 0 };
        while self.pushing.lanes.get() < wanted {
            self.pushing.lanes.set(self.pushing.lanes.get().saturating_add(1));
            let object = Rc::clone(self);
            self.state.wait_until(async move {
                object.run_lane().await;
                object.pushing.lanes.set(object.pushing.lanes.get().saturating_sub(1));
                object.report();
                object.arm();
            });
        }
    }

    async fn run_lane(&self) {
        for _ in 0..MAX_PER_LANE {
            // What fails is in the log of the engine, and the alarm tries again.
            let Ok(Some(job)) = self.next_job().await else { return };
            self.pushing.under_way.borrow_mut().insert(job.endpoint.clone(), job.is_slow);
            let outcome = self.send(&job).await;
            self.pushing.under_way.borrow_mut().remove(&job.endpoint);
            if outcome.is_err() {
                return;
            }
        }
    }

    /// The next job, once the desk has said that it is still to be done.
    async fn next_job(&self) -> Outcome<Option<Job>> {
        let _one_at_a_time = self.pushing.giving_out.lock().await;
        loop {
            if let Some(job) = self.pushing.ready.borrow_mut().pop_front() {
                return Ok(Some(job));
            }
            self.end_pages(platform::now())?;
            let jobs = self.due_jobs()?;
            if jobs.is_empty() {
                return Ok(None);
            }
            let wanted = self.still_wanted(jobs).await?;
            self.pushing.ready.borrow_mut().extend(wanted);
        }
    }

    /// What is due, to devices that nothing is under way to; slow ones last, as many as there are lanes for.
    fn due_jobs(&self) -> Outcome<Vec<Job>> {
        let under_way = self.pushing.under_way.borrow();
        let slow = under_way.values().filter(|is_slow| **is_slow).count();
        let mut jobs = Vec::new();
        for (is_slow, most) in [(false, SLICE), (true, MAX_SLOW.saturating_sub(slow))] {
            let limit = i64::try_from(most.saturating_add(under_way.len())).unwrap_or(i64::MAX);
            let params = vec![int(is_slow.into()), int(platform::now().millis()), int(limit)];
            let rows = self.sql.rows(pager::DUE_JOBS, params)?;
            let due = rows.iter().filter_map(|row| job(row, is_slow));
            jobs.extend(due.filter(|job| !under_way.contains_key(&job.endpoint)).take(most));
        }
        Ok(jobs)
    }

    /// Withdraws pages of alerts for which nobody has to come any more. What the desk does not say is sent.
    async fn still_wanted(&self, jobs: Vec<Job>) -> Outcome<Vec<Job>> {
        let mut standings: HashMap<AlertId, Option<Standing>> = HashMap::new();
        let mut wanted = Vec::new();
        let mut withdrawn = HashSet::new();
        for job in jobs {
            let Some(page) = self.page(job.page)? else {
                self.sql.run(pager::END_JOB, job.params([]))?;
                continue;
            };
            if page.tone == Tone::Page {
                let standing = match standings.get(&job.alert) {
                    Some(standing) => *standing,
                    None => self.ask_desk(&job.alert).await,
                };
                standings.insert(job.alert.clone(), standing);
                if standing.is_some_and(|standing| !page.needed.still(standing)) {
                    withdrawn.insert(job.page);
                    continue;
                }
            }
            wanted.push(job);
        }
        for number in withdrawn {
            self.sql.run(pager::WITHDRAW_PAGE, vec![int(number)])?;
        }
        Ok(wanted)
    }

    /// How an alert stands, if the desk says so in time.
    async fn ask_desk(&self, alert: &AlertId) -> Option<Standing> {
        if self.pushing.desk_silent_until.get().is_some_and(|until| platform::now() < until) {
            return None;
        }
        let tenant = self.tenant().ok().flatten()?;
        let desk = Address { namespace: "ALERT_DESK", name: tenant.as_str().to_owned() };
        match self.context.ask(&desk, "standing", &StandingOf { id: alert.clone() }, STANDING_TIMEOUT_MS).await {
            Ok(standing) => Some(standing),
            Err(error) => {
                self.pushing.desk_silent_until.set(Some(platform::now().plus_millis(SILENT_DESK_MS)));
                tracing::warn!(at = "pager.standing", detail = %error);
                None
            }
        }
    }

    fn page(&self, number: i64) -> Outcome<Option<Page>> {
        Ok(self.sql.first(pager::PAGE, vec![int(number)])?.as_ref().and_then(page))
    }

    /// Sends a job, unless it is not to be sent any more, and keeps what came of it.
    async fn send(&self, job: &Job) -> Outcome<()> {
        let now = platform::now();
        let Some(page) = self.page(job.page)? else { return Ok(()) };
        if !self.sql.writes(pager::BEGIN_JOB, job.params([int(now.plus_millis(UNDER_WAY_MS).millis())]))? {
            return Ok(());
        }
        if page.tone == Tone::Page {
            let params = vec![text(job.alert.as_str()), text(&job.endpoint), int(now.millis())];
            self.sql.run(pager::NOTE_PAGED, params)?;
        }
        let outcome = self.post_page(job, &page).await;
        self.settle(job, &page, outcome)
    }

    async fn post_page(&self, job: &Job, page: &Page) -> Result<Pushed, Failure> {
        let Some(authorization) = self.signing.authorization(&job.endpoint) else { return Err(Failure::Unsigned) };
        let body = encrypted(job, page).ok_or(Failure::Unsigned)?;
        let (urgency, life_ms) = match page.tone {
            Tone::Page => ("high", PAGE_LIFE_MS),
            Tone::Quiet => ("normal", QUIET_LIFE_MS),
        };
        let (ttl, topic) = ((life_ms / 1_000).to_string(), topic(&job.alert));
        let headers = vec![
            ("authorization", authorization),
            ("content-encoding", "aes128gcm".to_owned()),
            ("content-type", "application/octet-stream".to_owned()),
            ("ttl", ttl),
            ("urgency", urgency.to_owned()),
            ("topic", topic),
        ];
        let request = Outbound { url: job.endpoint.clone(), headers, body };
        let answer = self.context.post(request, TIMEOUT_MS).await?;
        let pushed = Pushed::of(answer.status, answer.retry_after.as_deref());
        if pushed != Pushed::Taken {
            log(job, Failure::Answered(answer.status));
        }
        Ok(pushed)
    }

    fn settle(&self, job: &Job, page: &Page, outcome: Result<Pushed, Failure>) -> Outcome<()> {
        let is_slow = matches!(outcome, Err(Failure::TimedOut | Failure::Unreachable));
        if is_slow != job.is_slow {
            let params = vec![text(&job.endpoint), int(is_slow.into())];
            self.sql.run(pager::MARK_DEVICE, params.clone())?;
            self.sql.run(pager::MARK_JOBS, params)?;
        }
        let later = match outcome {
            Ok(Pushed::Taken) => {
                if page.tone == Tone::Page {
                    self.sql.run(pager::NOTE_REPORT, vec![text(job.alert.as_str()), text(&job.user)])?;
                }
                return self.sql.run(pager::END_JOB, job.params([]));
            }
            Ok(Pushed::Gone) => return self.remove_device(&job.endpoint),
            Ok(Pushed::Refused) => return self.sql.run(pager::END_JOB, job.params([])),
            Ok(Pushed::Later(asked)) => asked,
            Err(failure) => {
                log(job, failure);
                if matches!(failure, Failure::NotAllowed | Failure::Unsigned) {
                    return self.sql.run(pager::END_JOB, job.params([]));
                }
                None
            }
        };
        let (now, chance) = (platform::now(), u32::from_be_bytes(platform::random()?));
        if let Some(at) = retry_at(job.tries, later, page.until, now, chance) {
            return self.sql.run(pager::RETRY_JOB, job.params([int(at.millis())]));
        }
        log_too_old();
        self.sql.run(pager::END_JOB, job.params([]))
    }

    /// What is too old to be of use is not sent any more.
    pub(super) fn end_pages(&self, now: Timestamp) -> Outcome<()> {
        if self.sql.writes(pager::END_JOBS_BEFORE, vec![int(now.millis())])? {
            log_too_old();
        }
        self.sql.run(pager::END_PAGES_BEFORE, vec![int(now.millis())])
    }
}

impl Job {
    /// What names it in a statement, and what else the statement needs.
    fn params<const N: usize>(&self, more: [Param<'static>; N]) -> Vec<Param<'_>> {
        let named = [text(self.alert.as_str()), text(&self.endpoint), int(self.page)];
        named.into_iter().chain(more).collect()
    }
}

/// What only the device can read.
fn encrypted(job: &Job, page: &Page) -> Option<Vec<u8>> {
    let keys = DeviceKeys::read(&job.p256dh, &job.auth).ok()?;
    let ephemeral = Ephemeral::new(platform::random().ok()?)?;
    encrypt(page.message.as_bytes(), &keys, &ephemeral, platform::random().ok()?)
}

/// Something was not taken as long as it was of use.
fn log_too_old() {
    tracing::warn!(at = "pager.push", reason = "too_old");
}

/// How it went: host and numbers, never the rest of the address, which is the device's secret.
fn log(job: &Job, failure: Failure) {
    let (host, reason, status) = (host_of(&job.endpoint), failure.as_str(), failure.status());
    tracing::warn!(at = "pager.push", host, reason, status, tries = job.tries.saturating_add(1));
}

fn job(row: &Row, is_slow: bool) -> Option<Job> {
    let column = |at: usize| as_text(row.get(at)).map(str::to_owned);
    Some(Job {
        alert: AlertId::trusted(column(0)?),
        endpoint: column(1)?,
        page: as_int(row.get(2))?,
        tries: as_int(row.get(3)).and_then(|tries| u32::try_from(tries).ok())?,
        is_slow,
        user: column(4)?,
        p256dh: column(5)?,
        auth: column(6)?,
    })
}

fn page(row: &Row) -> Option<Page> {
    let flag = |at: usize| as_int(row.get(at)).map(|value| value == 1);
    Some(Page {
        message: as_text(row.first())?.to_owned(),
        tone: if flag(1)? { Tone::Page } else { Tone::Quiet },
        needed: if flag(2)? { Needed::UntilOver } else { Needed::UntilTaken },
        until: Timestamp::from_millis(as_int(row.get(3))?),
    })
}
