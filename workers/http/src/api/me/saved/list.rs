//! `GET /api/me/saved`: messages that the caller has saved and may read, last saved first.

use crate::identity::Caller;
use crate::request::{Cursor, FromText, Page, PageQuery, Query, bad_cursor, limit, one_more};
use crate::response::{Outcome, ok};
use campana_core::shared::ids::MessageId;
use campana_core::shared::problem::Problem;

pub(crate) async fn handle(caller: Caller, Query(query): Query<PageQuery>) -> Outcome {
    let limit = limit(query.limit)?;
    let after = query.cursor.as_deref().map(place).transpose()?;
    let after = after.as_ref().map(|(at, id)| (*at, id));
    let saved = caller.store().saved_messages(caller.tenant(), caller.user_id(), after, one_more(limit)).await?;
    ok(&Page::cut(saved, limit, |saved| {
        Cursor::SAVED.write(&[&saved.saved_at.millis().to_string(), saved.message.id.as_str()])
    }))
}

fn place(cursor: &str) -> Result<(i64, MessageId), Problem> {
    let [at, id] = Cursor::SAVED.read(cursor)?;
    let at = i64::read(&at).ok_or_else(bad_cursor)?;
    Ok((at, MessageId::parse(&id).ok_or_else(bad_cursor)?))
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    use campana_storage::SavedMessage;
    operation
        .named("listSavedMessages", Tag::Me, "List the messages that the caller has saved")
        .about("Last saved first. A message is on the list only while the caller may read it.")
        .answers::<Page<SavedMessage>>(200, "A page of saved messages.", examples::page(examples::saved_message()));
}
