//! `GET /api/chat/conversations/{id}/pins`: the pinned messages, newest pin first.

use crate::api::chat::messages::view::all_seen;
use crate::identity::Caller;
use crate::request::{Cursor, Page, PageQuery, Query, Segment, bad_cursor, limit, one_more};
use crate::response::{Outcome, ok, unexpected};
use campana_core::chat::command::{Command, Reply};
use campana_core::shared::ids::ConversationId;
use campana_core::shared::timestamp::Timestamp;
use campana_storage::RecordedMessage;

pub(crate) async fn handle(
    caller: Caller,
    Segment(id): Segment<ConversationId>,
    Query(query): Query<PageQuery>,
) -> Outcome {
    let (limit, before) = (limit(query.limit)?, query.cursor.as_deref().map(place).transpose()?);
    // The object checks that the caller may read, and has flushed every pin when it answers.
    let Reply::Done = caller.command(&id, None, Command::FlushAll).await? else { return Err(unexpected()) };
    let pins = caller.store().pins(caller.tenant(), &id, caller.user_id(), before, one_more(limit)).await?;
    let Page { data, next_cursor } = Page::cut(pins, limit, cursor);
    let data = all_seen(&caller, data.into_iter().map(|pin| (pin.message, pin.view)).collect()).await?;
    ok(&Page { data, next_cursor })
}

fn cursor(pin: &RecordedMessage) -> String {
    let pinned_at = pin.view.annotations.pinned_at.map_or(0, Timestamp::millis);
    Cursor::PINS.write(&[&pinned_at.to_string(), &pin.message.seq.to_string()])
}

/// Time of the pin and position of the message.
fn place(cursor: &str) -> Result<(i64, i64), campana_core::shared::problem::Problem> {
    let [at, seq] = Cursor::PINS.read(cursor)?;
    at.parse().ok().zip(seq.parse().ok()).ok_or_else(bad_cursor)
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::api::chat::messages::view::MessageView;
    use crate::openapi::{Tag, examples};
    operation
        .named("listPins", Tag::Messages, "List the pinned messages of a conversation")
        .about("Newest pin first, at most 100 in all; for members.")
        .answers::<Page<MessageView>>(200, "A page of messages.", examples::page(examples::message_view()));
}
