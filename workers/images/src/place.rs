//! The isolate's only place for a picture.
//!
//! A request that is cancelled while its body arrives is never continued, and never returns its place. So a place ends
//! by itself, and the body is kept here instead of in the request's own state: the next one drops it.

use std::cell::RefCell;
use std::time::Duration;
use worker::Delay;

/// How long a body may take to arrive.
const ARRIVAL_MS: f64 = 30_000.0;
/// How long a request waits for the place.
const PATIENCE_MS: f64 = 5_000.0;
const LOOK_MS: u64 = 20;
/// Most requests that wait.
const MAX_WAITING: usize = 16;

/// Waiting requests poll with timers of their own: the platform does not let one request continue another one.
#[derive(Default)]
struct State {
    /// When the place ends, and which request has it.
    taken: Option<(f64, u64)>,
    taken_before: u64,
    body: Vec<u8>,
    /// When each waiting request gives up.
    waiting: Vec<f64>,
}

thread_local! {
    static STATE: RefCell<State> = RefCell::default();
}

/// The place, until it is dropped.
pub(crate) struct Place {
    number: u64,
}

impl Place {
    /// Waits for the place. `None` if it is not free soon.
    pub(crate) async fn take() -> Option<Self> {
        let patience = now() + PATIENCE_MS;
        if let Some(place) = try_take() {
            return Some(place);
        }
        STATE.with_borrow_mut(|state| {
            state.waiting.retain(|until| *until > now());
            (state.waiting.len() < MAX_WAITING).then(|| state.waiting.push(patience))
        })?;
        loop {
            Delay::from(Duration::from_millis(LOOK_MS)).await;
            let place = try_take();
            if place.is_some() || now() > patience {
                STATE.with_borrow_mut(|state| {
                    let own = state.waiting.iter().position(|until| until.total_cmp(&patience).is_eq());
                    own.map(|own| state.waiting.swap_remove(own))
                });
                return place;
            }
        }
    }

    /// Gives the picture's body so far to a function. `None` if the place has ended.
    pub(crate) fn body<T>(&self, use_it: impl FnOnce(&mut Vec<u8>) -> T) -> Option<T> {
        STATE.with_borrow_mut(|state| {
            let is_mine = state.taken.is_some_and(|(_, number)| number == self.number);
            is_mine.then(|| use_it(&mut state.body))
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        STATE.with_borrow_mut(|state| {
            if state.taken.is_some_and(|(_, number)| number == self.number) {
                state.taken = None;
                state.body = Vec::new();
            }
        });
    }
}

fn try_take() -> Option<Place> {
    let now = now();
    STATE.with_borrow_mut(|state| {
        if state.taken.is_some_and(|(until, _)| until > now) {
            return None;
        }
        let number = state.taken_before.wrapping_add(1);
        state.taken_before = number;
        state.taken = Some((now + ARRIVAL_MS, number));
        state.body = Vec::new();
        Some(Place { number })
    })
}

#[expect(clippy::disallowed_methods, reason = "this crate is the platform's shell; places end by its clock")]
fn now() -> f64 {
    js_sys::Date::now()
}
