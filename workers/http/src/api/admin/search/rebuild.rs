//! `POST /api/admin/search/rebuild`: drops the index and reads it from the record again.

use super::super::only_administrators;
use crate::identity::Caller;
use crate::request::NoBody;
use crate::response::{Outcome, ok};
use campana_core::accounts::audit::Act;
use campana_core::chat::search::Rebuild;
use serde_json::json;

pub(crate) async fn handle(caller: Caller, _: NoBody) -> Outcome {
    only_administrators(&caller)?;
    let audit = caller.audit(Act::SearchRebuilt, caller.tenant().as_str(), json!({}))?;
    caller.store().append_audit(caller.tenant(), &audit).await?;
    let asked = Rebuild { tenant: caller.tenant().clone(), restart: true };
    ok(&caller.app.search().rebuild(asked).await?)
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    operation
        .named("rebuildSearchIndex", Tag::Administration, "Rebuild the index for search")
        .about("Searches find what the index has again, newest conversations last. New messages are indexed during the rebuild.")
        .answers::<campana_core::chat::search::IndexState>(200, "The state.", examples::search_index());
}
