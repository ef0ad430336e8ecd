//! The rules of Campana: identities, policy, limits, the wire format and the conversation state machine.
//!
//! Nothing here does I/O, reads a clock or draws a random number. Time and randomness come in as
//! parameters, so every rule can be tested natively and runs the same inside a Durable Object, a
//! Worker function or an AWS Lambda.

#![cfg_attr(
    test,
    expect(
        clippy::arithmetic_side_effects,
        clippy::string_slice,
        reason = "tests count, and a panic of theirs is seen"
    )
)]

pub mod alert;
pub mod audit;
pub mod backlog;
pub mod backoff;
pub mod close_code;
pub mod command;
pub mod conversation;
pub mod handover;
pub mod history;
pub mod ids;
pub mod invite;
pub mod json;
pub mod ledger;
pub mod limits;
pub mod policy;
pub mod principal;
pub mod problem;
pub mod pusher;
pub mod rate;
pub mod settings;
pub mod timestamp;
pub mod wire;

#[cfg(test)]
mod tests;
