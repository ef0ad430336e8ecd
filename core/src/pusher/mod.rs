//! The Pusher protocol, version 7: names, frames, signatures, who may listen to what, and who listens.
//!
//! A client holds one socket at a gateway and listens to many channels over it. A channel belongs to an object (its
//! [`Target`](link::Target)): a conversation's, a person's own, or one of its name alone. [`link`] is what gateways and
//! targets say to each other, [`roster`] what a target knows of its listeners.

pub mod access;
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
