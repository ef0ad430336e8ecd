//! Conversations that a client made up: their objects are not asked, since asking makes them.

use crate::App;
use crate::identity::Caller;
use campana_core::ids::ConversationId;
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::family::Family;
use serde_json::json;
use std::collections::BTreeSet;

/// A conversation was there once: what became of it its object knows.
const FOREVER_MS: u64 = u64::MAX;

/// Of the conversations that these channels belong to, those that are not there: by one question to the record. If it does
/// not answer, all may be there: it being down stops no conversation.
pub(super) async fn absent(app: &App, caller: &Caller, channels: &[String]) -> BTreeSet<ConversationId> {
    let named = channels.iter().filter_map(|channel| match ChannelName::parse(channel)?.family() {
        Family::Conversation(id) => Some(id),
        _ => None,
    });
    let key = |id: &ConversationId| (caller.tenant().clone(), id.clone());
    let cache = &app.caches().conversations;
    let is_new = |id: &ConversationId| cache.fresh(&key(id), app.now(), FOREVER_MS).is_none();
    let mut unknown: BTreeSet<ConversationId> = named.filter(is_new).collect();
    let asked: Vec<ConversationId> = unknown.iter().cloned().collect();
    match app.store().known_conversations(caller.tenant(), &asked).await {
        Ok(known) => {
            for id in known {
                unknown.remove(&id);
                cache.keep(key(&id), (), app.now());
            }
            unknown
        }
        Err(error) => {
            let line = json!({"level": "warning", "at": "broadcasting.record", "detail": error.to_string()});
            app.journal().failure(&line);
            BTreeSet::new()
        }
    }
}
