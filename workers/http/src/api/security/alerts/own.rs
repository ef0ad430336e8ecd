//! `GET /api/me/alerts`: the alerts that the caller raised, newest first.

use super::desk::settle;
use super::list::{read_place, write_place};
use super::viewing::{listed, payload};
use crate::identity::Caller;
use crate::request::{Cursor, Page, PageQuery, Query, limit, one_more};
use crate::response::{Outcome, ok};
use campana_storage::AlertFilter;
use serde_json::Value;

pub(crate) async fn handle(caller: Caller, Query(query): Query<PageQuery>) -> Outcome {
    let limit = limit(query.limit)?;
    let before = query.cursor.as_deref().map(|cursor| read_place(Cursor::MY_ALERTS, cursor)).transpose()?;
    // A withdrawn guard permission does not hide the caller's own alerts.
    let _withdrawn = settle(&caller).await;
    let filter = AlertFilter { user_id: Some(caller.user_id().clone()), ..AlertFilter::default() };
    let found = listed(&caller, &filter, before.as_ref(), one_more(limit)).await?;
    let page = Page::cut(found, limit, |alert| write_place(Cursor::MY_ALERTS, alert));
    let data: Vec<Value> = page.data.iter().map(|alert| payload(&caller, alert)).collect();
    ok(&Page { data, next_cursor: page.next_cursor })
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    use campana_core::alerts::wire::schema::PanicAlert;
    operation
        .named("listOwnAlerts", Tag::Alerts, "List the caller's own alerts")
        .about("Newest first.")
        .answers::<Page<PanicAlert>>(200, "A page of alerts.", examples::page(examples::alert()));
}
