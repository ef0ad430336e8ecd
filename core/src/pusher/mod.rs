//! Pusher protocol, version 7: names, frames, signatures, authorization and rosters.
//!
//! A client has one socket at a gateway and subscribes to many channels over it. A channel belongs to an object, its
//! [`Target`](link::Target): a conversation, a user's own channel, the alert desk, or an object for that name only.
//! [`link`] contains the messages between gateways and targets, [`roster`] a target's listeners.

pub mod access;
pub mod anonymous;
pub mod channel;
pub mod code;
pub mod encryption;
pub mod event;
pub mod family;
pub mod frame;
pub mod link;
pub mod naming;
pub mod reporting;
pub mod roster;
pub mod settings;
pub mod signature;
pub mod webhook_event;
