//! Fake desk and pager: they record requests and give scripted answers.

use crate::ports::{BoxFuture, Desks};
use axum::body::Body;
use axum::response::Response;
use campana_core::alerts::command::{DeskAnswer, DeskReply, DeskRequest, Sweep, Swept};
use campana_core::alerts::notification::Forget;
use campana_core::alerts::pager::{PagerAnswer, PagerReply, PagerRequest};
use campana_core::chat::command::Connect;
use campana_core::chat::erasure::{ReleaseAlerts, ReleasedAlerts};
use campana_core::shared::problem::Problem;
use campana_core::webhooks::history::{HistoryAnswer, HistoryReply, WebhooksRequest};
use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// Recorded requests, in order, and scripted answers.
#[derive(Default)]
pub(crate) struct FakeDesks {
    requests: Mutex<Vec<DeskRequest>>,
    answers: Mutex<VecDeque<DeskAnswer>>,
    connected: Mutex<Vec<Connect>>,
    swept: Mutex<Vec<Sweep>>,
    released: Mutex<Vec<ReleaseAlerts>>,
    keeps_alerts: AtomicBool,
    sweep_answers: Mutex<VecDeque<Result<Swept, Problem>>>,
    paged: Mutex<Vec<PagerRequest>>,
    forgotten: Mutex<Vec<Forget>>,
    is_down: AtomicBool,
    pager_answers: Mutex<VecDeque<PagerAnswer>>,
    asked_webhooks: Mutex<Vec<WebhooksRequest>>,
    webhook_answers: Mutex<VecDeque<HistoryAnswer>>,
}

impl FakeDesks {
    /// Requests to desks.
    pub(crate) fn requests(&self) -> Vec<DeskRequest> {
        self.requests.lock().expect("the lock is not poisoned").clone()
    }

    /// Scripts the desk's next answer; `Done` by default.
    pub(crate) fn will_answer(&self, answer: DeskAnswer) {
        self.answers.lock().expect("the lock is not poisoned").push_back(answer);
    }

    /// Opened dashboards.
    pub(crate) fn connected(&self) -> Vec<Connect> {
        self.connected.lock().expect("the lock is not poisoned").clone()
    }

    /// Swept desks.
    pub(crate) fn swept(&self) -> Vec<Sweep> {
        self.swept.lock().expect("the lock is not poisoned").clone()
    }

    /// Requests to let go of a user's alerts.
    pub(crate) fn released(&self) -> Vec<ReleaseAlerts> {
        self.released.lock().expect("the lock is not poisoned").clone()
    }

    /// Whether desks have alerts that they do not let go of.
    pub(crate) fn set_keeps_alerts(&self, keeps: bool) {
        self.keeps_alerts.store(keeps, Ordering::Relaxed);
    }

    /// Scripts the next answer to a sweep; nothing overdue by default.
    pub(crate) fn will_sweep(&self, answer: Result<Swept, Problem>) {
        self.sweep_answers.lock().expect("the lock is not poisoned").push_back(answer);
    }

    /// Requests to pagers.
    pub(crate) fn paged(&self) -> Vec<PagerRequest> {
        self.paged.lock().expect("the lock is not poisoned").clone()
    }

    /// Users whose devices pagers ended.
    pub(crate) fn forgotten(&self) -> Vec<Forget> {
        self.forgotten.lock().expect("the lock is not poisoned").clone()
    }

    /// Whether pagers do not answer [`Desks::forget`].
    pub(crate) fn set_down(&self, is_down: bool) {
        self.is_down.store(is_down, Ordering::Relaxed);
    }

    /// Requests to objects of webhooks.
    pub(crate) fn asked_webhooks(&self) -> Vec<WebhooksRequest> {
        self.asked_webhooks.lock().expect("the lock is not poisoned").clone()
    }

    /// Scripts the next answer of an object of webhooks; done by default.
    pub(crate) fn webhooks_will_answer(&self, answer: HistoryAnswer) {
        self.webhook_answers.lock().expect("the lock is not poisoned").push_back(answer);
    }

    /// Scripts the pager's next answer; done by default.
    pub(crate) fn pager_will_answer(&self, answer: PagerAnswer) {
        self.pager_answers.lock().expect("the lock is not poisoned").push_back(answer);
    }
}

impl Desks for FakeDesks {
    fn command(&self, request: DeskRequest) -> BoxFuture<'_, DeskAnswer> {
        self.requests.lock().expect("the lock is not poisoned").push(request);
        let answer = self.answers.lock().expect("the lock is not poisoned").pop_front();
        Box::pin(async move { answer.unwrap_or(Ok(DeskReply::Done)) })
    }

    fn connect(&self, connect: Connect, _offered: bool) -> BoxFuture<'_, Result<Response, Problem>> {
        self.connected.lock().expect("the lock is not poisoned").push(connect);
        Box::pin(async { Ok(Response::new(Body::empty())) })
    }

    fn sweep(&self, sweep: Sweep) -> BoxFuture<'_, Result<Swept, Problem>> {
        self.swept.lock().expect("the lock is not poisoned").push(sweep);
        let answer = self.sweep_answers.lock().expect("the lock is not poisoned").pop_front();
        Box::pin(async move { answer.unwrap_or(Ok(Swept { overdue: 0 })) })
    }

    fn release(&self, asked: ReleaseAlerts) -> BoxFuture<'_, Result<ReleasedAlerts, Problem>> {
        self.released.lock().expect("the lock is not poisoned").push(asked);
        let has_more = self.keeps_alerts.load(Ordering::Relaxed);
        Box::pin(async move { Ok(ReleasedAlerts { has_more }) })
    }

    fn page(&self, request: PagerRequest) -> BoxFuture<'_, PagerAnswer> {
        self.paged.lock().expect("the lock is not poisoned").push(request);
        let answer = self.pager_answers.lock().expect("the lock is not poisoned").pop_front();
        Box::pin(async move { answer.unwrap_or(Ok(PagerReply::Done)) })
    }

    fn webhooks(&self, request: WebhooksRequest) -> BoxFuture<'_, HistoryAnswer> {
        self.asked_webhooks.lock().expect("the lock is not poisoned").push(request);
        let answer = self.webhook_answers.lock().expect("the lock is not poisoned").pop_front();
        Box::pin(async move { answer.unwrap_or(Ok(HistoryReply::Done)) })
    }

    fn forget(&self, forget: Forget) -> BoxFuture<'_, Result<(), Problem>> {
        if self.is_down.load(Ordering::Relaxed) {
            return Box::pin(async { Err(Problem::unavailable("the pager does not answer")) });
        }
        self.forgotten.lock().expect("the lock is not poisoned").push(forget);
        Box::pin(async { Ok(()) })
    }
}
