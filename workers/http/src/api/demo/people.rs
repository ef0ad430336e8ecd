//! `GET /api/demo/people`: whom one can be.

use crate::response::{Outcome, ok};
use campana_core::alert::command::VIEW_PANIC_ALERTS;
use serde::Serialize;

/// A made-up person.
#[derive(Debug, Serialize)]
pub(super) struct Person {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) roles: &'static [&'static str],
    pub(super) permissions: &'static [&'static str],
}

impl Person {
    const fn resident(id: &'static str, name: &'static str) -> Self {
        Self { id, name, roles: &[], permissions: &[] }
    }

    /// Somebody who attends to panic alerts.
    const fn guard(id: &'static str, name: &'static str) -> Self {
        Self { permissions: &[VIEW_PANIC_ALERTS], ..Self::resident(id, name) }
    }
}

/// Everybody in the demo data.
pub(super) const PEOPLE: [Person; 7] = [
    Person { roles: &["admin"], ..Person::resident("1", "Admin") },
    Person::resident("7", "Ana"),
    Person::resident("8", "Ben"),
    Person::resident("9", "Carla"),
    Person::resident("10", "David"),
    Person::guard("11", "Grace"),
    Person::guard("12", "Hugo"),
];

pub(crate) async fn handle() -> Outcome {
    ok(&PEOPLE)
}
