//! `GET /api/chat/invites`: the caller's pending personal invites, newest first.

use crate::identity::Caller;
use crate::request::{Cursor, Page, PageQuery, Query, limit, one_more};
use crate::response::{Outcome, ok};

pub(crate) async fn handle(caller: Caller, Query(query): Query<PageQuery>) -> Outcome {
    let limit = limit(query.limit)?;
    let before = query.after(Cursor::MY_INVITES)?;
    let views = caller.store();
    let views = views
        .list_invites_of(caller.tenant(), caller.user_id(), caller.now(), before.as_ref(), one_more(limit))
        .await?;
    let page = Page::cut(views, limit, |view| Cursor::MY_INVITES.write(&[view.invite.id.as_str()]));
    let cards: Vec<_> = page.data.iter().map(campana_storage::InviteView::card).collect();
    ok(&Page { data: cards, next_cursor: page.next_cursor })
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    operation
        .named("listInvites", Tag::Invites, "List the caller's invites")
        .about("Pending personal invites, newest first.")
        .answers::<Page<campana_storage::InviteCard<'_>>>(
            200,
            "A page of invites.",
            examples::page(examples::invite_card()),
        );
}
