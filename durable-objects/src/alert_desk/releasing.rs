//! Erasure of a user, on request of the erasure job: the desk lets go of their alerts that have ended, which the record then blanks. An
//! open alert stays as it is until it ends: the guards need the name and the place.

use super::Object;
use campana_core::alerts::pin::KeptPins;
use campana_core::chat::erasure::{ReleaseAlerts, ReleasedAlerts};
use campana_core::shared::problem::Problem;
use std::rc::Rc;

/// Alerts of one call.
const AT_ONCE: i64 = 100;

impl Object {
    /// Lets go of the user's alerts that have ended, and of their PINs once none is open.
    pub(super) async fn release(self: &Rc<Self>, asked: &ReleaseAlerts) -> Result<ReleasedAlerts, Problem> {
        if !self.rows.are_made() {
            return Ok(ReleasedAlerts::default());
        }
        if self.tenant().is_some_and(|tenant| tenant != asked.tenant) {
            return Err(Problem::not_found());
        }
        self.write_deliveries(usize::MAX);
        self.flush_all().await;
        self.release_now(asked).map_err(|refusal| refusal.problem)
    }

    fn release_now(&self, asked: &ReleaseAlerts) -> super::Outcome<ReleasedAlerts> {
        let ReleaseAlerts { user_id, up_to, forgets_pins, .. } = asked;
        let now = self.context.now();
        let has_more = self.rows.release(user_id, *up_to, now, AT_ONCE)?;
        let mut has_open = false;
        for drill in [false, true] {
            has_open |= self.rows.open_of(user_id, drill)?.is_some_and(|held| held.alert.created_at <= *up_to);
        }
        if *forgets_pins && !has_open {
            self.rows.set_pins(user_id, &KeptPins::default())?;
        }
        Ok(ReleasedAlerts { has_more: has_more || has_open })
    }
}
