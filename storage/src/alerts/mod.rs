//! Panic alerts in the record: what their desks have written of them, for everybody who reads later.

mod lists;
mod save;
mod single;

pub use lists::{AlertFilter, AlertPlace, AlertState, Overdue};
pub use single::DeliveryKey;
