//! `GET /api/security/alerts`: alerts in D1, newest first, for guards.

use super::desk::settle;
use super::viewing::{listed, only_guards, payload};
use crate::identity::Caller;
use crate::request::{Cursor, Page, Query, bad_cursor, limit, one_more};
use crate::response::{Outcome, ok};
use campana_core::alerts::{Alert, AlertId, Status};
use campana_core::shared::ids::UserId;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use campana_storage::{AlertFilter, AlertPlace, AlertState};
use serde::Deserialize;
use serde_json::Value;

#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(crate) struct AlertsQuery {
    /// A status, or `open` or `closed`.
    status: Option<String>,
    /// Who raised it.
    user_id: Option<String>,
    /// Whether it is a drill.
    drill: Option<bool>,
    /// Earliest time, inclusive.
    since: Option<Timestamp>,
    /// Latest time, inclusive.
    until: Option<Timestamp>,
    /// Items on the page, 50 by default.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 100)))]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

pub(crate) async fn handle(caller: Caller, Query(query): Query<AlertsQuery>) -> Outcome {
    only_guards(&caller)?;
    let filter = filter(&query)?;
    let limit = limit(query.limit)?;
    let before = query.cursor.as_deref().map(|cursor| read_place(Cursor::ALERTS, cursor)).transpose()?;
    settle(&caller).await?;
    let found = listed(&caller, &filter, before.as_ref(), one_more(limit)).await?;
    let page = Page::cut(found, limit, |alert| write_place(Cursor::ALERTS, alert));
    let data: Vec<Value> = page.data.iter().map(|alert| payload(&caller, alert)).collect();
    ok(&Page { data, next_cursor: page.next_cursor })
}

fn filter(query: &AlertsQuery) -> Result<AlertFilter, Problem> {
    let user = |id: &String| UserId::parse(id).ok_or_else(|| Problem::field("user_id", "is not an id"));
    Ok(AlertFilter {
        state: query.status.as_deref().map(state).transpose()?,
        user_id: query.user_id.as_ref().map(user).transpose()?,
        drill: query.drill,
        since: query.since,
        until: query.until,
    })
}

fn state(name: &str) -> Result<AlertState, Problem> {
    match name {
        "open" => Ok(AlertState::Open),
        "closed" => Ok(AlertState::Closed),
        name => Status::parse(name).map(AlertState::Is).ok_or_else(|| {
            let known = Status::ALL.map(Status::as_str).join(", ");
            Problem::field("status", format!("is none of open, closed, {known}"))
        }),
    }
}

/// The cursor after an alert.
pub(super) fn write_place(list: Cursor, alert: &Alert) -> String {
    list.write(&[&alert.created_at.millis().to_string(), alert.id.as_str()])
}

/// The position that a cursor encodes.
pub(super) fn read_place(list: Cursor, cursor: &str) -> Result<AlertPlace, Problem> {
    let [at, id] = list.read(cursor)?;
    let created_at = at.parse().map(Timestamp::from_millis).map_err(|_| bad_cursor())?;
    Ok(AlertPlace { created_at, id: AlertId::parse(&id).ok_or_else(bad_cursor)? })
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Security, Tag, examples};
    use campana_core::alerts::wire::schema::PanicAlert;
    operation
        .named("listAlerts", Tag::Alerts, "List alerts")
        .about("Newest first, for guards.")
        .by(Security::Guard)
        .answers::<Page<PanicAlert>>(200, "A page of alerts.", examples::page(examples::alert()));
}
