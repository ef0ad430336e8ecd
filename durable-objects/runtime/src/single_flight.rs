//! At most one run of a task at a time.

use std::cell::Cell;
use std::rc::Rc;

/// A guard that permits one run of a task at a time.
#[derive(Debug, Clone, Default)]
pub struct SingleFlight {
    runs: Rc<Cell<bool>>,
}

/// A run in progress; dropping it ends the run.
#[derive(Debug)]
pub struct Flight {
    runs: Rc<Cell<bool>>,
}

impl SingleFlight {
    /// Begins a run. `None` while one is in progress, which must reach work that was added since it began.
    pub fn begin(&self) -> Option<Flight> {
        (!self.runs.replace(true)).then(|| Flight { runs: Rc::clone(&self.runs) })
    }

    /// Whether a run is in progress.
    pub fn is_running(&self) -> bool {
        self.runs.get()
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.runs.set(false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_run_begins_when_the_first_has_ended() {
        let flights = SingleFlight::default();
        let first = flights.begin();
        assert!(first.is_some() && flights.is_running() && flights.begin().is_none());
        drop(first);
        assert!(!flights.is_running() && flights.begin().is_some());
    }
}
