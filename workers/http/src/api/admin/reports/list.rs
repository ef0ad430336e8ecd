//! `GET /api/admin/reports?status=`: reports of messages, newest first. Administrators see all, others those of the rooms
//! that they moderate.

use crate::api::admin::only_administrators;
use crate::identity::Caller;
use crate::request::{Cursor, Page, Query, limit, one_more};
use crate::response::{Outcome, ok};
use campana_core::chat::report::ReportStatus;
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ReportsQuery {
    /// Only open, or only resolved ones.
    status: Option<ReportStatus>,
    /// Items on the page, 50 by default.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 100)))]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

pub(crate) async fn handle(caller: Caller, Query(query): Query<ReportsQuery>) -> Outcome {
    let limit = limit(query.limit)?;
    let before = Cursor::REPORTS.place_of(query.cursor.as_deref())?;
    let moderator = only_administrators(&caller).is_err().then(|| caller.user_id());
    let reports =
        caller.store().list_reports(caller.tenant(), moderator, query.status, before.as_ref(), one_more(limit)).await?;
    ok(&Page::cut(reports, limit, |report| Cursor::REPORTS.write(&[report.id.as_str()])))
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    operation
        .named("listReports", Tag::Administration, "List reports of messages")
        .about("Newest first: all of them for administrators, those of their rooms for moderators.")
        .answers::<Page<campana_core::chat::report::Report>>(
            200,
            "A page of reports.",
            examples::page(examples::report()),
        );
}
