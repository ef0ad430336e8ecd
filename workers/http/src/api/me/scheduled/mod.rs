//! `/api/me/scheduled`: messages that the caller has scheduled.

pub(super) mod cancel;
pub(super) mod get;
pub(super) mod list;
