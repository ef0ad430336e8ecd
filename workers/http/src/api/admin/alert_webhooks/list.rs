//! `GET /api/admin/alert-webhooks`: lists all webhooks, without their secrets.

use super::{all, only_administrators};
use crate::identity::Caller;
use crate::request::Page;
use crate::response::{Outcome, ok};

pub(crate) async fn handle(caller: Caller) -> Outcome {
    only_administrators(&caller)?;
    ok(&Page { data: all(&caller).await?, next_cursor: None })
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Security, Tag, examples};
    operation
        .named("listAlertWebhooks", Tag::Administration, "List the webhooks of alerts")
        .about("All of them on one page, without their secrets.")
        .by(Security::Administrator)
        .answers::<Page<campana_core::alerts::pager::AlertWebhook>>(
            200,
            "The webhooks.",
            examples::page(examples::webhook()),
        );
}
