//! The gateway in the record: whoever looks for an app's listeners asks the gateways that are listed there.

use super::Object;
use crate::platform;
use campana_core::pusher::reporting::LISTED_FIRST_MS;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;

/// Since when the record lists this gateway, Unix milliseconds, in `meta`.
const LISTED: &str = "listed";

/// Before the first socket the gateway, which knows itself, is listed.
pub(super) async fn list(object: &Object) -> Result<(), Problem> {
    let Some((app_config, gateway)) = object.me().filter(|_| !is_listed(object)) else { return Ok(()) };
    let listed = object.store()?.record_gateway(&app_config.tenant, &gateway, platform::now()).await;
    match listed {
        // Whoever came at the same time has written it down.
        Ok(()) if object.sql.recall(LISTED)?.is_some() => Ok(()),
        Ok(()) => object.sql.keep(LISTED, &platform::now().millis().to_string()),
        // The socket matters more than the list: the next one tries again, and the alarm.
        Err(error) => {
            tracing::warn!(at = "gateway.list", detail = %error);
            Ok(())
        }
    }
}

/// Whether it is. If that cannot be read, it is not known to be.
fn is_listed(object: &Object) -> bool {
    matches!(object.sql.recall(LISTED), Ok(Some(_)))
}

/// Completes when everybody who looks for listeners knows of this gateway: at once, but for the first seconds of its life.
/// Nothing, if it could not be listed.
pub(super) async fn wait_until_listed(object: &Object) -> Option<()> {
    let listed = object.sql.recall(LISTED).ok().flatten()?.parse().map(Timestamp::from_millis).ok()?;
    let left = listed.plus_millis(LISTED_FIRST_MS).millis().saturating_sub(platform::now().millis());
    // A clock that was set back makes nobody wait for longer.
    if let Some(left) = u32::try_from(left.min(LISTED_FIRST_MS)).ok().filter(|left| *left > 0) {
        platform::sleep(left).await;
    }
    Some(())
}
