//! `GET /api/demo/people`: whom one can be.

use crate::response::{Outcome, ok};
use serde::Serialize;

/// A made-up person.
#[derive(Debug, Serialize)]
pub(super) struct Person {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) roles: &'static [&'static str],
}

/// Everybody in the demo data.
pub(super) const PEOPLE: [Person; 5] = [
    Person { id: "1", name: "Admin", roles: &["admin"] },
    Person { id: "7", name: "Ana", roles: &[] },
    Person { id: "8", name: "Ben", roles: &[] },
    Person { id: "9", name: "Carla", roles: &[] },
    Person { id: "10", name: "David", roles: &[] },
];

pub(crate) async fn handle() -> Outcome {
    ok(&PEOPLE)
}
