//! `GET /api/demo/people`: whom one can be.

use crate::response::{Outcome, ok};
use campana_core::accounts::principal::VIEW_PANIC_ALERTS;
use serde::Serialize;

/// A made-up person.
#[derive(Debug, Serialize)]
pub(super) struct Person {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) roles: &'static [&'static str],
    pub(super) permissions: &'static [&'static str],
    /// Where they live.
    pub(super) apartment: Option<&'static str>,
}

impl Person {
    const fn resident(id: &'static str, name: &'static str, apartment: &'static str) -> Self {
        Self { id, name, roles: &[], permissions: &[], apartment: Some(apartment) }
    }

    /// Somebody who attends to panic alerts.
    const fn guard(id: &'static str, name: &'static str) -> Self {
        Self { id, name, roles: &[], permissions: &[VIEW_PANIC_ALERTS], apartment: None }
    }
}

/// Everybody in the demo data.
pub(super) const PEOPLE: [Person; 7] = [
    Person { id: "1", name: "Admin", roles: &["admin"], permissions: &[], apartment: None },
    Person::resident("7", "Ana", "Tower 2, Apartment 101"),
    Person::resident("8", "Ben", "Tower 1, Apartment 12"),
    Person::resident("9", "Carla", "Tower 1, Apartment 804"),
    Person::resident("10", "David", "Tower 2, Apartment 4B"),
    Person::guard("11", "Grace"),
    Person::guard("12", "Hugo"),
];

pub(crate) async fn handle() -> Outcome {
    ok(&PEOPLE)
}
