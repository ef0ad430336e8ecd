//! `GET /problems/{slug}`: the path of a problem's `type`. Redirects to the place in the documentation that explains it.
//!
//! The redirect is temporary (302), because browsers keep a permanent one and the page may move; caches keep it for an hour.

use crate::request::{FromText, Segment};
use crate::response::Outcome;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use campana_core::shared::problem::Kind;

/// Page of the documentation made from `docs/problems.md`, which has a heading for each kind.
const PAGE: &str = "/docs/problems";
const CACHED: &str = "public, max-age=3600";

/// A kind of problem, named by its slug.
#[derive(Debug)]
pub(crate) struct Named(Kind);

impl FromText for Named {
    fn read(text: &str) -> Option<Self> {
        Kind::ALL.iter().find(|kind| kind.slug() == text).copied().map(Self)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Named {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ProblemSlug".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let slugs: Vec<&str> = Kind::ALL.iter().map(|kind| kind.slug()).collect();
        schemars::json_schema!({"type": "string", "enum": slugs, "description": "Last part of a problem's `type`."})
    }
}

pub(crate) async fn handle(Segment(Named(kind)): Segment<Named>) -> Outcome {
    let place = format!("{PAGE}#{}", kind.slug());
    Ok((StatusCode::FOUND, [(header::LOCATION, place.as_str()), (header::CACHE_CONTROL, CACHED)]).into_response())
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::Tag;
    operation
        .named("explainProblem", Tag::Documentation, "Find the explanation of a problem")
        .about("The path of a problem's `type`.")
        .redirects("The explanation, in the documentation that the deployment serves.");
}

#[cfg(test)]
mod tests {
    use crate::testing::World;
    use campana_core::shared::problem::Kind;

    #[test]
    fn every_kind_leads_to_its_explanation() {
        let world = World::new();
        for kind in Kind::ALL {
            let reply = world.get(&format!("/problems/{}", kind.slug())).status_of(302);
            assert_eq!(reply.header("location"), format!("/docs/problems#{}", kind.slug()));
            assert_eq!(reply.header("cache-control"), "public, max-age=3600");
            assert_eq!(reply.text, "");
        }
    }

    #[test]
    fn an_unknown_kind_is_absent() {
        let world = World::new();
        for odd in ["nothing", "Not-Found", "not-found%0d%0aset-cookie:a", "%2f%2fevil.example", "%ff"] {
            world.get(&format!("/problems/{odd}")).refused(404, "not-found");
        }
        world.get("/problems").refused(404, "not-found");
        world.call("POST", "/problems/not-found").refused(405, "method-not-allowed");
    }
}
