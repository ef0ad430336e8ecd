//! `/api/chat/conversations/{id}/messages`: messages of a conversation.

pub(super) mod list;
pub(super) mod send;
