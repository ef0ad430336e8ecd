//! Notice to gateways that a direct conversation now exists.
//!
//! Its channel name follows from the two user ids. Before, clients may have subscribed to that name as a channel of the
//! application, where they would get no events of the conversation. The gateways disconnect these clients; they
//! reconnect and subscribe to the conversation.

use super::{Object, refused};
use crate::platform::log_failure;
use crate::subscriptions;
use campana_core::chat::policy::Place;
use campana_core::pusher::family::names_of_pair;
use campana_core::pusher::link::Moved;
use campana_core::shared::problem::Problem;
use campana_runtime::Hosted;
use std::rc::Rc;

/// `meta` key: 1 while gateways must still be notified.
pub(super) const UNANNOUNCED: &str = "unannounced";
/// Delay before the next attempt if a gateway did not answer, in milliseconds.
const AGAIN_MS: i64 = 5_000;

/// Whether a place has a channel whose name could be in use before the conversation exists.
pub(super) const fn is_announced(place: Place) -> bool {
    matches!(place, Place::Direct)
}

impl Object {
    /// Notifies the gateways, from the alarm, which is armed in the turn in which the conversation begins.
    pub(super) async fn announce(self: &Rc<Self>) {
        let meta = self.log.meta().ok().flatten();
        let is_due = meta.is_some_and(|meta| super::log::value(&meta, UNANNOUNCED) == Some("1"));
        if !is_due || self.is_deleted() {
            return;
        }
        match self.notify_gateways().await {
            // If this write fails, the gateways are notified once more.
            Ok(()) => drop(self.context.sql.keep(UNANNOUNCED, "0")),
            Err(problem) => {
                log_failure("conversation.announce", None, &problem);
                self.wake_at(self.context.now().plus_millis(AGAIN_MS));
            }
        }
    }

    async fn notify_gateways(&self) -> Result<(), Problem> {
        let (store, tenant, conversation) = self.record()?;
        let members =
            store.list_members((&tenant, &conversation), None, self.context.now(), None, 2).await.map_err(refused)?;
        let [one, other] = &members[..] else { return Ok(()) };
        let channels = names_of_pair(&one.user_id, &other.user_id);
        let gateways = store.gateways(&tenant).await.map_err(refused)?;
        if subscriptions::at_gateways(&self.context, &tenant, &gateways, ("moved", &Moved { channels }))
            .await
            .is_empty()
        {
            return Ok(());
        }
        Err(Problem::unavailable("a gateway did not answer"))
    }
}
