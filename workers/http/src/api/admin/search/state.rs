//! `GET /api/admin/search`: how far the index is. Continues a rebuild that was cut off.

use super::super::only_administrators;
use crate::identity::Caller;
use crate::response::{Outcome, ok, uncached};
use campana_core::chat::search::Rebuild;

pub(crate) async fn handle(caller: Caller) -> Outcome {
    only_administrators(&caller)?;
    let asked = Rebuild { tenant: caller.tenant().clone(), restart: false };
    Ok(uncached(ok(&caller.app.search().rebuild(asked).await?)?))
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    operation
        .named("getSearchIndex", Tag::Administration, "Get the state of the index for search")
        .about("The index is complete if nothing waits and nothing is being listed.")
        .answers::<campana_core::chat::search::IndexState>(200, "The state.", examples::search_index());
}
