//! Parts of the document that operations share.

use super::{parameters, responses, security};
use crate::schema::{AlertProblem, Documents};
use campana_core::shared::problem::schema::ProblemDocument;
use serde_json::{Map, Value, json};

/// Where answers refer to the schema of problems.
pub(super) const PROBLEM: &str = "#/components/schemas/Problem";

/// Responses that several operations share.
#[derive(Default)]
pub(super) struct Components {
    responses: Map<String, Value>,
}

impl Components {
    /// A reference to a shared response of this name. Panics if the name stands for another one already, which the tests
    /// would show.
    pub(super) fn response(&mut self, name: &str, response: &Value) -> Value {
        let known = self.responses.entry(name).or_insert_with(|| response.clone());
        assert!(known == response, "two responses are called {name}");
        json!({"$ref": format!("#/components/responses/{name}")})
    }

    pub(super) fn into_value(self) -> Value {
        json!({
            "responses": self.responses,
            "parameters": parameters::shared(),
            "headers": responses::headers(),
            "securitySchemes": security::schemes(),
        })
    }
}

/// Adds the schemas of problem documents.
pub(super) fn add_problems(documents: &mut Documents) {
    documents.answer::<ProblemDocument>();
    documents.answer::<AlertProblem>();
}
