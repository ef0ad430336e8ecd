//! Listing of the gateway in the record. Functions and objects that look for an app's listeners ask the listed
//! gateways.

use super::Object;
use campana_core::pusher::reporting::LISTED_FIRST_MS;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;

/// Key in `meta`: when the gateway was listed, Unix milliseconds.
const LISTED: &str = "listed";

/// Lists the gateway in the record, unless it is listed or does not know its name yet.
pub(super) async fn list(object: &Object) -> Result<(), Problem> {
    let Some((app_config, gateway)) = object.me().filter(|_| !is_listed(object)) else { return Ok(()) };
    let listed = object.store()?.record_gateway(&app_config.tenant, &gateway, object.context.now()).await;
    match listed {
        // A concurrent call has already stored it.
        Ok(()) if object.context.sql.recall(LISTED)?.is_some() => Ok(()),
        Ok(()) => object.context.sql.keep(LISTED, &object.context.now().millis().to_string()),
        // Opening the socket matters more than the listing: the next socket and the alarm retry.
        Err(error) => {
            tracing::warn!(at = "gateway.list", detail = %error);
            Ok(())
        }
    }
}

/// Whether the gateway is listed. False if that cannot be read.
fn is_listed(object: &Object) -> bool {
    matches!(object.context.sql.recall(LISTED), Ok(Some(_)))
}

/// Waits until every list of gateways in use includes this one: at most [`LISTED_FIRST_MS`] after its listing. `None`
/// if it is not listed.
pub(super) async fn wait_until_listed(object: &Object) -> Option<()> {
    let listed = object.context.sql.recall(LISTED).ok().flatten()?.parse().map(Timestamp::from_millis).ok()?;
    let remaining = listed.plus_millis(LISTED_FIRST_MS).millis().saturating_sub(object.context.now().millis());
    // Bounds the wait if the clock was set back.
    if let Some(remaining) = u32::try_from(remaining.min(LISTED_FIRST_MS)).ok().filter(|remaining| *remaining > 0) {
        object.context.sleep(remaining).await;
    }
    Some(())
}
