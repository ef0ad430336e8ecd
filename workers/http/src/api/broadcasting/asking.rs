//! What the record is asked about the channels of a request, all at once.

use crate::App;
use crate::app::KnownObjects;
use crate::identity::Caller;
use campana_core::ids::ConversationId;
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::family::Family;
use std::collections::BTreeSet;

/// What the record said.
pub(super) struct Asked<'a> {
    /// Objects, with the conversations that channels name looked up.
    pub(super) objects: KnownObjects<'a>,
}

impl<'a> Asked<'a> {
    /// Asks about the conversations that these channels name.
    pub(super) async fn about(app: &'a App, caller: &Caller, channels: &[String]) -> Self {
        let names: Vec<ChannelName> = channels.iter().filter_map(|channel| ChannelName::parse(channel)).collect();
        let conversations: BTreeSet<ConversationId> = names.iter().filter_map(conversation).collect();
        Self { objects: app.objects().looking_up(caller.tenant(), conversations).await }
    }
}

fn conversation(channel: &ChannelName) -> Option<ConversationId> {
    match channel.family() {
        Family::Conversation(id) => Some(id),
        _ => None,
    }
}
