//! `/api/chat/conversations/{id}/messages`.

pub(super) mod list;
pub(super) mod send;
