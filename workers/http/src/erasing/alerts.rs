//! Panic alerts that the user raised. One that is open stays as it is until it ends: the guards need the name and the place. Until
//! then the erasure waits.

use super::{ALERTS_MS, Next, end_of_pass, left_out_if_failed};
use crate::App;
use campana_core::chat::erasure::ReleaseAlerts;
use campana_core::shared::timestamp::Timestamp;
use campana_storage::{Erasure, StorageError};

/// Alerts of a step.
const LIMIT: u32 = 20;

/// Blanks some alerts that have ended.
pub(super) async fn step(app: &App, erasure: &mut Erasure, now: Timestamp) -> Result<Next, StorageError> {
    if erasure.progress.seq.is_none() {
        let progress = &erasure.progress;
        let asked = ReleaseAlerts {
            tenant: erasure.tenant.clone(),
            user_id: erasure.user_id.clone(),
            up_to: erasure.up_to,
            // Later, a new identity may have set others.
            forgets_pins: progress.began_at <= erasure.up_to || progress.waits_for_alert,
        };
        let released = app.desks().release(asked).await;
        let released = left_out_if_failed(&mut erasure.progress, "alerts", released);
        erasure.progress.waits_for_alert = released.is_some_and(|released| released.has_more);
    }
    let place = (erasure.progress.seq.unwrap_or(0), erasure.progress.after.as_str());
    if let Some((created_at, id)) = app.store().erase_alerts(erasure, place, LIMIT).await? {
        erasure.progress.seq = Some(created_at);
        erasure.progress.after = id;
        return Ok(Next::Step);
    }
    if erasure.progress.waits_for_alert || app.store().has_open_alert(erasure).await? {
        erasure.progress.waits_for_alert = true;
        erasure.progress.seq = None;
        erasure.progress.after.clear();
        return Ok(Next::At(now.plus_millis(ALERTS_MS)));
    }
    Ok(end_of_pass(erasure, now))
}
