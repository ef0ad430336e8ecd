//! Events about notifications to those whose notifications a flush or a call has changed.
//!
//! What they tell is in the record. A device that is not here gets no event, and fetches its list when it connects.

use super::Object;
use crate::presence::KeepsPresence;
use campana_core::chat::notifications::{NotificationEvent, NotificationsRead};
use campana_core::chat::push::{Announcement, PUSH_LIFE_MS, PushMessage};
use campana_core::shared::ids::UserId;
use campana_runtime::Hosted;
use campana_runtime::ports::Address;
use campana_storage::{FlushedNotifications, Notified};
use futures_util::StreamExt;
use std::collections::BTreeSet;
use std::rc::Rc;

/// Maximum number of concurrent calls.
const CONCURRENT_CALLS: usize = 6;
/// Time-out of a call to the object of a person's pushes, in milliseconds.
const TIMEOUT_MS: u32 = 5_000;

impl Object {
    /// Tells people of their new, read and withdrawn notifications, in the background. To `silent` nothing of all members is pushed.
    pub(super) fn tell_notified(self: &Rc<Self>, flushed: FlushedNotifications, silent: &BTreeSet<UserId>) {
        let Ok((tenant, conversation)) = self.names() else { return };
        let now = self.context.now();
        let FlushedNotifications { created, edited, shared, read, withdrawn, withdrawn_shared } = flushed;
        let announcement = |seq, withdrawn, silent| Announcement {
            tenant: tenant.clone(),
            conversation: conversation.clone(),
            seq,
            withdrawn,
            silent,
            until: now.plus_millis(PUSH_LIFE_MS),
        };
        let gone = withdrawn_shared.into_iter().map(|gone| announcement(gone.seq, Some(gone.id), BTreeSet::new()));
        let new = shared.into_iter().map(|seq| announcement(seq, None, silent.clone()));
        self.notify_all_members(gone.chain(new).collect());
        let read = read.into_iter().map(|reader| {
            let read = NotificationsRead::Conversation(conversation.clone(), reader.up_to_seq);
            (reader.user_id, NotificationEvent::read(read, now))
        });
        let withdrawn = withdrawn
            .into_iter()
            .map(|gone| (gone.user_id, NotificationEvent::read(NotificationsRead::Withdrawn(gone.ids), now)));
        // Who has the conversation open on a screen sees the message there.
        let away = created.iter().filter(|one| !self.is_here(&one.user_id));
        let push = |one: &Notified| PushMessage::of(&tenant, &one.user_id, &one.notification, one.push.clone(), now);
        self.push(away.filter_map(push).collect());
        // What an edit changed is news, but not pushed again.
        let created = created
            .into_iter()
            .chain(edited)
            .map(|one| (one.user_id, NotificationEvent::created(&one.notification, now)));
        self.send_notifications(read.chain(withdrawn).chain(created).collect());
    }

    /// Hands messages over to the objects that send them to people's devices, in the background. A message that is not taken is
    /// lost: the notification is on the list.
    pub(super) fn push(self: &Rc<Self>, messages: Vec<PushMessage>) {
        if messages.is_empty() {
            return;
        }
        self.spawn(async move |object| {
            futures_util::stream::iter(messages)
                .for_each_concurrent(CONCURRENT_CALLS, |message| {
                    let object = &object;
                    async move {
                        let to = Address { namespace: "CHAT_PUSH", name: message.object_name() };
                        if let Err(error) = object.context.hand_over(&to, "push", &message, TIMEOUT_MS).await {
                            tracing::warn!(at = "chat_push", detail = %error);
                        }
                    }
                })
                .await;
        });
    }

    /// Hands notifications of all members over to the object that tells them, in the background. One that is not taken is lost: it is
    /// on everybody's list.
    fn notify_all_members(self: &Rc<Self>, announcements: Vec<Announcement>) {
        if announcements.is_empty() {
            return;
        }
        self.spawn(async move |object| {
            for announcement in announcements {
                let to = Address { namespace: "CHAT_PUSH", name: announcement.object_name() };
                if let Err(error) = object.context.hand_over(&to, "announce", &announcement, TIMEOUT_MS).await {
                    tracing::warn!(at = "chat_push.announce", detail = %error);
                }
            }
        });
    }

    /// Sends events to the own channels of people, in the background.
    pub(super) fn send_notifications(self: &Rc<Self>, events: Vec<(UserId, NotificationEvent)>) {
        if events.is_empty() {
            return;
        }
        self.spawn(async move |object| {
            let Ok((tenant, _)) = object.names() else { return };
            futures_util::stream::iter(events)
                .for_each_concurrent(CONCURRENT_CALLS, |(user, event)| {
                    let (object, tenant) = (&object, &tenant);
                    async move {
                        let sent = crate::channel::send_notification(&object.context, tenant, &user, &event).await;
                        if let Err(error) = sent {
                            tracing::warn!(at = "person", detail = %error);
                        }
                    }
                })
                .await;
        });
    }
}
