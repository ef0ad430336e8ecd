//! At most one run of a task at a time.

use std::cell::Cell;
use std::rc::Rc;

/// Whether a task runs.
#[derive(Debug, Clone, Default)]
pub struct SingleFlight {
    runs: Rc<Cell<bool>>,
}

/// The task runs until this is dropped.
#[derive(Debug)]
pub struct Flight {
    runs: Rc<Cell<bool>>,
}

impl SingleFlight {
    /// Begins a run. `None` while one is under way: it is expected to see what changed meanwhile.
    pub fn begin(&self) -> Option<Flight> {
        (!self.runs.replace(true)).then(|| Flight { runs: Rc::clone(&self.runs) })
    }

    /// Whether a run is under way.
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
