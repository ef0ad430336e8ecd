//! `/api/chat/rooms/{id}/invites`.

pub(super) mod create;
pub(super) mod list;
pub(super) mod revoke;
