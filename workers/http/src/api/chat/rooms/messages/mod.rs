//! `/api/chat/rooms/{id}/messages`: messages of a room.

pub(super) mod list;
pub(super) mod send;
