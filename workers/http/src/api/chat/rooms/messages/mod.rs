//! `/api/chat/rooms/{id}/messages`.

pub(super) mod list;
pub(super) mod send;
