//! Conversations: the state machine that orders events, the policy, commands, invites, history, and the wire format of
//! native sockets.

pub mod annotations;
pub mod command;
pub mod conversation;
pub mod drafts;
pub mod emoji;
pub mod erasure;
pub mod flush;
pub mod history;
pub mod invite;
pub mod link_previews;
pub mod mentions;
pub mod notification_preferences;
pub mod notifications;
pub mod own_channel;
pub mod policy;
pub mod preferences;
pub mod privacy;
pub mod push;
pub mod report;
pub mod scheduled;
pub mod search;
pub mod settings;
pub mod wire;
