//! Panic alerts in the record, written by alert desks.

mod lists;
mod save;
mod single;

pub use lists::{ACTIVE as MAX_ACTIVE_ALERTS, AlertFilter, AlertPlace, AlertState, Overdue};
pub use single::DeliveryKey;
