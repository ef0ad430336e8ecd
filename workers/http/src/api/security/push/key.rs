//! `GET /api/security/push/key`: the browser's `applicationServerKey`.

use super::push_key;
use crate::identity::Caller;
use crate::response::{Outcome, ok};
use serde::Serialize;

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(super) struct PushKey<'a> {
    /// The public key, base64url.
    key: &'a str,
}

pub(crate) async fn handle(caller: Caller) -> Outcome {
    ok(&PushKey { key: push_key(&caller.app)? })
}
