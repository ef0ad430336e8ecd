//! `/apps/{id}/users`: users of an app.

pub(super) mod terminate_connections;
