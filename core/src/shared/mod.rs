//! Types shared by all domains: ids, timestamps, limits, problems, JSON, rates, back-off. Imports no other domain.

pub mod address;
pub mod backlog;
pub mod backoff;
pub mod close_code;
pub mod fold;
pub mod handover;
pub mod hex;
pub mod ids;
pub mod json;
pub mod limits;
mod named;
pub mod problem;
pub mod rate;
pub mod socket_id;
pub mod time_zone;
pub mod timestamp;
pub mod turns;
pub mod visible;
