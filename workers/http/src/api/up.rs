//! `GET /up`: the health check of Laravel Reverb, for monitors that are set up for it. Checks only that the functions run;
//! `/healthz` checks D1 too. Needs no token.

use crate::response::{Outcome, ok, uncached};
use serde_json::json;

pub(crate) async fn handle() -> Outcome {
    Ok(uncached(ok(&json!({"health": "OK"}))?))
}
