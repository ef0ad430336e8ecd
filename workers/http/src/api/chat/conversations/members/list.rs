//! `GET /api/chat/conversations/{id}/members?q=`: members of a conversation, for its members; with `q`, those of whom each
//! of its words begins a word of the name.

use crate::api::chat::conversations::get::visible;
use crate::api::chat::member_list::{MembersQuery, members};
use crate::identity::Caller;
use crate::request::{Query, Segment};
use crate::response::Outcome;
use campana_core::shared::ids::ConversationId;

pub(crate) async fn handle(
    caller: Caller,
    Segment(id): Segment<ConversationId>,
    Query(query): Query<MembersQuery>,
) -> Outcome {
    let conversation = visible(&caller, &id).await?;
    members(&caller, (&conversation.id, conversation.member_count), &query).await
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    use crate::request::Page;
    operation
        .named("listMembers", Tag::Members, "List the members of a conversation")
        .about("For its members. `q` finds names of which each of its words begins a word.")
        .answers::<Page<campana_storage::Member>>(200, "A page of members.", examples::page(examples::member()));
}
