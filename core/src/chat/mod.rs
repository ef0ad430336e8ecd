//! Conversations: the state machine that orders events, the policy, commands, invites, history, and the wire format of
//! native sockets.

pub mod command;
pub mod conversation;
pub mod flush;
pub mod history;
pub mod invite;
pub mod policy;
pub mod report;
pub mod wire;
