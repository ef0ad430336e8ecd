//! Precedence of urgent work over other work in the same isolate.
//!
//! Objects that share an isolate share its thread, so an alert waits for every turn of a busy conversation. While
//! urgent work is pending, fan-outs and flushes of other objects pause between two slices. A pause is bounded, and the
//! mark is a lease, since the work may be lost together with its instance.

use crate::ports::Clock;
use campana_core::shared::timestamp::Timestamp;
use std::cell::Cell;

/// How long urgent work is assumed to be pending, in milliseconds.
const LEASE_MS: i64 = 100;
/// Longest pause of other work, in milliseconds.
const MAX_PAUSE_MS: u64 = 100;
/// Interval at which paused work checks again, in milliseconds.
const POLL_MS: u32 = 4;

thread_local! {
    static PENDING_UNTIL: Cell<Timestamp> = Cell::default();
}

/// Marks urgent work as pending.
pub fn begin(now: Timestamp) {
    PENDING_UNTIL.set(now.plus_millis(LEASE_MS));
}

/// Marks urgent work as done.
pub fn end() {
    PENDING_UNTIL.take();
}

/// Whether urgent work is pending.
pub fn is_pending(now: Timestamp) -> bool {
    now < PENDING_UNTIL.get()
}

/// Pauses other work while urgent work is pending.
pub async fn give_way(clock: &(impl Clock + ?Sized)) {
    let began_at = clock.now();
    while is_pending(clock.now()) && clock.now().since(began_at) < MAX_PAUSE_MS {
        clock.sleep(POLL_MS).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;
    use futures_util::future::LocalBoxFuture;

    #[derive(Default)]
    struct FakeClock(Cell<i64>);

    impl Clock for FakeClock {
        fn now(&self) -> Timestamp {
            Timestamp::from_millis(self.0.get())
        }

        fn sleep(&self, millis: u32) -> LocalBoxFuture<'static, ()> {
            self.0.set(self.0.get().saturating_add(millis.into()));
            Box::pin(std::future::ready(()))
        }
    }

    fn pause_of(clock: &FakeClock) -> u64 {
        let began_at = clock.now();
        give_way(clock).now_or_never();
        clock.now().since(began_at)
    }

    #[test]
    fn other_work_pauses_only_while_urgent_work_is_pending() {
        let clock = FakeClock::default();
        assert_eq!(pause_of(&clock), 0);
        begin(clock.now());
        assert!(is_pending(clock.now()));
        end();
        assert_eq!(pause_of(&clock), 0);
    }

    #[test]
    fn urgent_work_that_is_lost_pauses_other_work_for_its_lease() {
        let clock = FakeClock::default();
        begin(clock.now());
        assert_eq!(pause_of(&clock), 100);
        assert_eq!(pause_of(&clock), 0);
    }

    #[test]
    fn a_stream_of_urgent_work_does_not_stop_other_work() {
        let clock = FakeClock::default();
        begin(clock.now().plus_millis(10_000));
        assert_eq!(pause_of(&clock), 100);
        end();
    }
}
