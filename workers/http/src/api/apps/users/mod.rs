//! `/apps/{id}/users`: an app's people.

pub(super) mod terminate_connections;
