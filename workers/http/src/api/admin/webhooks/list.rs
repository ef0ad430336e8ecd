//! `GET /api/admin/webhooks`: lists all webhooks of the app, without their secrets.

use super::{AdminWebhook, of_alerts, of_channels, only_administrators, with_activity};
use crate::api::admin::settings::stored;
use crate::identity::Caller;
use crate::request::Page;
use crate::response::{Outcome, ok, uncached};

pub(crate) async fn handle(caller: Caller) -> Outcome {
    only_administrators(&caller)?;
    let mut data: Vec<AdminWebhook> = with_activity(&caller, of_channels(stored(&caller).await?)).await?;
    data.extend(with_activity(&caller, of_alerts(&caller).await?).await?);
    Ok(uncached(ok(&Page { data, next_cursor: None })?))
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Security, Tag, examples};
    operation
        .named("listWebhooks", Tag::Administration, "List all webhooks")
        .about("Those of the app's channels, then those of alerts, all on one page. Secrets are never shown.")
        .by(Security::Administrator)
        .uncached()
        .refuses(&[campana_core::shared::problem::Kind::NotFound])
        .answers::<Page<AdminWebhook>>(200, "The webhooks.", examples::page(super::example()));
}
