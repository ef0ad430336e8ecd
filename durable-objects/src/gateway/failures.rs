//! Counts of signatures of clients that do not fit, for the app's metrics. They are added up in memory and written to the
//! record in the background, so that a client that guesses does not cause a write per frame.

use super::Object;
use campana_core::accounts::auth_failure::AuthFailure;
use campana_runtime::Hosted;
use std::rc::Rc;

/// Interval between writes, milliseconds.
const WRITE_EVERY_MS: u32 = 2_000;

impl Object {
    /// Counts one signature.
    pub(super) fn count_bad_signature(self: &Rc<Self>) {
        let before = self.bad_signatures.replace(self.bad_signatures.get().saturating_add(1));
        if before == 0 {
            self.spawn(async |object: Rc<Self>| {
                object.context.sleep(WRITE_EVERY_MS).await;
                object.write_failures().await;
            });
        }
    }

    /// Writes the count. One that the record does not take is lost.
    async fn write_failures(&self) {
        let count = self.bad_signatures.take();
        let (Some((app_config, _)), Ok(store)) = (self.me(), self.store()) else { return };
        let failures = [(Some(app_config.tenant), AuthFailure::BadChannelSignature, count)];
        if let Err(error) = store.count_auth_failures(&failures).await {
            tracing::warn!(at = "gateway.failures", detail = %error);
        }
    }
}
