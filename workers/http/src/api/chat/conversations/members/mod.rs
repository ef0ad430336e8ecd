//! `/api/chat/conversations/{id}/members`: members of a group, a direct conversation or a room.

pub(super) mod add;
pub(super) mod change_role;
pub(super) mod list;
pub(super) mod remove;
