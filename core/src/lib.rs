//! Domain logic of Campana: identities, policy, limits, the wire format and the conversation state machine.
//!
//! The crate does no I/O, reads no clock and generates no random numbers: time and randomness are parameters. Tests
//! run natively, and the code behaves the same in a Durable Object, a Worker function or an AWS Lambda.

#![cfg_attr(
    test,
    expect(
        clippy::arithmetic_side_effects,
        clippy::string_slice,
        reason = "an overflow or a bad index in a test only fails that test"
    )
)]

pub mod accounts;
pub mod alerts;
pub mod chat;
pub mod files;
pub mod live;
pub mod push;
pub mod pusher;
pub mod shared;
pub mod transfer;
pub mod webhooks;

#[cfg(test)]
mod tests;
