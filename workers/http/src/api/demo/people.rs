//! `GET /api/demo/people`: the demo users.

use crate::response::{Outcome, ok};
use campana_core::accounts::principal::VIEW_PANIC_ALERTS;
use serde::Serialize;

/// A demo user.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "DemoPerson"))]
pub(super) struct Person {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) roles: &'static [&'static str],
    pub(super) permissions: &'static [&'static str],
    /// Address of the apartment; `None` for staff.
    pub(super) apartment: Option<&'static str>,
}

impl Person {
    const fn resident(id: &'static str, name: &'static str, apartment: &'static str) -> Self {
        Self { id, name, roles: &[], permissions: &[], apartment: Some(apartment) }
    }

    /// A user with the permission to attend to panic alerts.
    const fn guard(id: &'static str, name: &'static str) -> Self {
        Self { id, name, roles: &[], permissions: &[VIEW_PANIC_ALERTS], apartment: None }
    }
}

/// All demo users.
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

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::Tag;
    use serde_json::json;
    operation.named("listDemoUsers", Tag::Demo, "List the demo users").local().answers::<Vec<Person>>(
        200,
        "All demo users.",
        json!([{"id": "1", "name": "Admin", "roles": ["admin"], "permissions": [], "apartment": null}]),
    );
}
