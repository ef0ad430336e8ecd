//! Notices to members about conversations that a new message unarchived.
//!
//! A member has at most one such notice for each time that they archive it, so a message costs nothing where nobody did.

use super::Object;
use campana_runtime::Hosted;
use campana_storage::Unarchived;
use futures_util::StreamExt;
use std::rc::Rc;

/// Maximum number of concurrent calls.
const CONCURRENT_CALLS: usize = 6;

impl Object {
    /// Sends the members' new preferences to their own channels, in the background.
    pub(super) fn tell_unarchived(self: &Rc<Self>, members: Vec<Unarchived>) {
        if members.is_empty() {
            return;
        }
        self.spawn(async move |object| {
            let Ok((tenant, conversation)) = object.names() else { return };
            let now = object.context.now();
            futures_util::stream::iter(members)
                .for_each_concurrent(CONCURRENT_CALLS, |member| {
                    let (object, tenant) = (&object, &tenant);
                    let event = member.preferences.to_event(&conversation, None, now);
                    async move {
                        let sent = crate::channel::send(&object.context, tenant, &member.user_id, &event).await;
                        if let Err(error) = sent {
                            tracing::warn!(at = "person", detail = %error);
                        }
                    }
                })
                .await;
        });
    }
}
