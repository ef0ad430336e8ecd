//! One-time look-up of everything that a request's channels refer to: conversations and users.

use super::strangers::strangers;
use crate::app::KnownObjects;
use crate::identity::Caller;
use campana_core::pusher::access::{Access, may_listen};
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::family::Family;
use campana_core::shared::ids::{ConversationId, UserId};
use futures_util::future::join;
use std::collections::BTreeSet;

/// Result of the look-ups.
pub(super) struct Asked<'a> {
    /// Objects, with the conversations that the channels name already looked up.
    pub(super) objects: KnownObjects<'a>,
    /// Users named by the channels and unknown to the tenant.
    pub(super) strangers: BTreeSet<UserId>,
}

impl<'a> Asked<'a> {
    /// Looks up the conversations and users that these channels name, concurrently.
    pub(super) async fn about(caller: &'a Caller, channels: &[String]) -> Self {
        let names: Vec<ChannelName> = channels.iter().filter_map(|channel| ChannelName::parse(channel)).collect();
        let conversations: BTreeSet<ConversationId> = names.iter().filter_map(conversation).collect();
        let people: BTreeSet<UserId> = names.iter().filter_map(|name| person(caller, name)).collect();
        let objects = caller.app.objects().looking_up(caller.tenant(), conversations);
        let (objects, strangers) = join(objects, strangers(caller, people)).await;
        Self { objects, strangers }
    }
}

fn conversation(channel: &ChannelName) -> Option<ConversationId> {
    match channel.family() {
        Family::Conversation(id) => Some(id),
        _ => None,
    }
}

fn person(caller: &Caller, channel: &ChannelName) -> Option<UserId> {
    match may_listen(channel, &caller.principal) {
        Ok(Access::With(person)) => Some(person),
        _ => None,
    }
}
