//! `/api/chat/rooms/{id}/invites`: invites of a room.

pub(super) mod create;
pub(super) mod list;
pub(super) mod revoke;
