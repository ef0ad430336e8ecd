//! Webhooks: the queue, its rows, and the requests.

use super::post::{Failure, post};
use super::{Object, Outcome, SAFETY_MS};
use crate::platform;
use crate::sql::{Row, as_int, as_text, int, text};
use campana_core::shared::address::{check_url, host_of};
use campana_core::shared::json::read_stored;
use campana_core::shared::timestamp::Timestamp;
use campana_core::webhooks::alerts::{Attempt, Change, Endpoint, Event, Kept, Queue, Told, Turn, Waiting, headers};
use campana_schema::objects::hooks;
use serde::Serialize;
use std::rc::Rc;
use wasm_bindgen::JsValue;

/// Rows read at once when the queue is opened.
const PAGE: usize = 500;
/// How long an endpoint may take to answer, milliseconds.
const TIMEOUT_MS: u32 = 10_000;

impl Object {
    /// Acts on the queue. A refusal leaves it as it is.
    pub(super) fn with_hooks<T>(&self, act: impl FnOnce(&mut Queue) -> Outcome<T>) -> Outcome<T> {
        let kept = self.hooks.borrow_mut().take();
        let mut queue = match kept {
            Some(queue) => queue,
            None => Queue::reopen(self.open_hooks()?),
        };
        let value = act(&mut queue);
        *self.hooks.borrow_mut() = Some(queue);
        value
    }

    /// Keeps what became different, and writes down what is given up. Should it fail, the queue is opened anew.
    pub(super) fn keep_turn(&self, turn: Turn) -> Outcome<()> {
        for change in turn.changes {
            if let Err(problem) = self.keep_change(change) {
                self.hooks.borrow_mut().take();
                return Err(problem);
            }
        }
        for given_up in turn.given_up {
            let (webhook, reason) = (given_up.endpoint, given_up.reason.as_str());
            tracing::warn!(at = "pager.webhook", webhook, event = given_up.event, given_up = reason);
        }
        Ok(())
    }

    fn keep_change(&self, change: Change) -> Outcome<()> {
        match change {
            Change::Event(number, event) => self.sql.run(hooks::ADD_EVENT, vec![int(number), json_text(&event)]),
            Change::EventGone(number) => self.sql.run(hooks::REMOVE_EVENT, vec![int(number)]),
            Change::Waits(hook, number, Waiting { tries, next_at }) => {
                let params = vec![text(&hook), int(number), int(tries.into()), int(next_at.millis())];
                self.sql.run(hooks::WAIT, params)
            }
            Change::WaitsNoMore(hook, number) => self.sql.run(hooks::WAIT_NO_MORE, vec![text(&hook), int(number)]),
            Change::Endpoint(endpoint) => self.sql.run(hooks::SAVE, vec![text(&endpoint.id), json_text(&endpoint)]),
            Change::EndpointGone(id) => self.sql.run(hooks::REMOVE, vec![text(&id)]),
        }
    }

    /// Everything that is kept. What cannot be read, of another version, is left out.
    fn open_hooks(&self) -> Outcome<Kept> {
        if !self.rows.are_made() {
            return Ok(Kept::default());
        }
        let endpoints = self.sql.rows(hooks::ALL, Vec::new())?;
        let endpoints = endpoints.iter().filter_map(|row| read_stored(as_text(row.first())?).ok());
        let mut kept = Kept { endpoints: endpoints.collect(), ..Kept::default() };
        self.pages(hooks::EVENTS_PAGE, vec![int(0)], |row| {
            let number = as_int(row.first())?;
            let event: Option<Event> = read_stored(as_text(row.get(1))?).ok();
            kept.events.extend(event.map(|event| (number, event)));
            Some(vec![int(number)])
        })?;
        self.pages(hooks::WAITING_PAGE, vec![text(""), int(0)], |row| {
            let (hook, number) = (as_text(row.first())?, as_int(row.get(1))?);
            let tries = as_int(row.get(2)).and_then(|tries| u32::try_from(tries).ok())?;
            let next_at = Timestamp::from_millis(as_int(row.get(3))?);
            kept.waiting.push((hook.to_owned(), number, Waiting { tries, next_at }));
            Some(vec![text(hook), int(number)])
        })?;
        Ok(kept)
    }

    /// All rows of a table, page by page: `read` says where each one stands.
    fn pages(
        &self,
        statement: &'static str,
        begin: Vec<JsValue>,
        mut read: impl FnMut(&Row) -> Option<Vec<JsValue>>,
    ) -> Outcome<()> {
        let mut after = begin;
        loop {
            let limit = int(i64::try_from(PAGE).unwrap_or(i64::MAX));
            let rows = self.sql.rows(statement, after.iter().cloned().chain([limit]).collect())?;
            let places = rows.iter().filter_map(&mut read).last();
            match places.filter(|_| rows.len() == PAGE) {
                Some(place) => after = place,
                None => return Ok(()),
            }
        }
    }

    /// In the background: sends what is due, one request to each webhook at once.
    pub(super) fn tell_hooks(self: &Rc<Self>) {
        // What fails is in the log of the engine, and the alarm tries again.
        if self.begin_to_tell().is_err() {
            self.safety.set(Some(platform::now().plus_millis(SAFETY_MS)));
        }
    }

    fn begin_to_tell(self: &Rc<Self>) -> Outcome<()> {
        let (now, chance) = (platform::now(), u32::from_be_bytes(platform::random()?));
        let (turn, attempts) = self.with_hooks(|queue| Ok(queue.step(now, chance)))?;
        self.keep_turn(turn)?;
        for attempt in attempts {
            let object = Rc::clone(self);
            self.state.wait_until(async move {
                let told = object.tell(&attempt).await;
                if object.settle_hook(&attempt, told).is_ok() {
                    object.tell_hooks();
                }
                object.arm();
            });
        }
        Ok(())
    }

    async fn tell(&self, attempt: &Attempt) -> Result<(), Failure> {
        let Attempt { endpoint, event, .. } = attempt;
        if check_url(&endpoint.url, self.reach()).is_err() {
            return Err(Failure::NotAllowed);
        }
        let signed = headers(endpoint, &event.id, &event.body, platform::now());
        let mut all = vec![("content-type", "application/json"), ("user-agent", "campana-webhooks")];
        all.extend(signed.iter().map(|(name, value)| (*name, value.as_str())));
        let answer = post(&endpoint.url, &all, event.body.as_str().into(), TIMEOUT_MS).await?;
        if (200..=299).contains(&answer.status) { Ok(()) } else { Err(Failure::Answered(answer.status)) }
    }

    fn settle_hook(&self, attempt: &Attempt, outcome: Result<(), Failure>) -> Outcome<()> {
        let told = match outcome {
            Ok(()) => Told::Taken,
            Err(Failure::Answered(410)) => Told::Gone,
            Err(_) => Told::NotTaken,
        };
        if let Err(failure) = outcome {
            log(attempt, failure);
        }
        let chance = u32::from_be_bytes(platform::random()?);
        let (endpoint, event) = (&attempt.endpoint.id, &attempt.event.id);
        let turn = self.with_hooks(|queue| Ok(queue.settle(endpoint, event, told, platform::now(), chance)))?;
        self.keep_turn(turn)
    }
}

/// How it went: host and numbers, never what was sent or answered.
fn log(attempt: &Attempt, failure: Failure) {
    let Attempt { endpoint, event, tries }: &Attempt = attempt;
    let Endpoint { id, url, .. } = endpoint;
    let (host, reason, status) = (host_of(url), failure.as_str(), failure.status());
    tracing::warn!(at = "pager.webhook", webhook = id, host, event = event.id, tries, reason, status);
}

fn json_text(value: &impl Serialize) -> JsValue {
    text(&serde_json::to_string(value).unwrap_or_default())
}
