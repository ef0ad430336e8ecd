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

pub mod accounts;
pub mod alerts;
pub mod chat;
pub mod pusher;
pub mod shared;
pub mod webhooks;

#[cfg(test)]
mod tests;
