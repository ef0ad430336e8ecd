//! `GET /up`: the health check of Laravel Reverb, for monitors that are set up for it. Checks only that the functions run;
//! `/healthz` checks D1 too. Needs no token.

use crate::response::{Outcome, ok, uncached};
use serde::Serialize;

/// The functions run.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Up {
    /// `OK`.
    health: &'static str,
}

pub(crate) async fn handle() -> Outcome {
    Ok(uncached(ok(&Up { health: "OK" })?))
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::Tag;
    use serde_json::json;
    operation
        .named("getUp", Tag::Monitoring, "Check that the functions run")
        .about("The health check of Laravel Reverb, for monitors that are set up for it.")
        .uncached()
        .answers::<Up>(200, "The functions run.", json!({"health": "OK"}));
}
