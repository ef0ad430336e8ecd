//! `GET /api/me/blocks`: whom the caller has blocked, by id.

use crate::identity::Caller;
use crate::request::{Cursor, Page, PageQuery, Query, limit, one_more};
use crate::response::{Outcome, ok};

pub(crate) async fn handle(caller: Caller, Query(query): Query<PageQuery>) -> Outcome {
    let limit = limit(query.limit)?;
    let after = Cursor::BLOCKS.place_of(query.cursor.as_deref())?;
    let (tenant, user) = (caller.tenant(), caller.user_id());
    let blocks = caller.store().list_blocks(tenant, user, after.as_ref(), one_more(limit)).await?;
    ok(&Page::cut(blocks, limit, |block| Cursor::BLOCKS.write(&[block.user_id.as_str()])))
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    operation
        .named("listBlocks", Tag::Users, "List the users whom the caller has blocked")
        .answers::<Page<campana_storage::Block>>(200, "A page of blocks.", examples::page(examples::block()));
}
