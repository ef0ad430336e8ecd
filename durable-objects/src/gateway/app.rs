//! Cached app from the record: secrets and settings. Refreshed after [`FRESH_MS`], so that changes take effect. While
//! the record is unavailable, the cached app is used until [`STALE_MS`].

use super::Object;
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::code::Code;
use campana_core::pusher::family::Family;
use campana_core::pusher::link::Target;
use campana_core::pusher::signature::{Voucher, verifies};
use campana_core::shared::ids::{ConversationId, RoomId, UserId};
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use campana_storage::{App, DEMO_SECRET, NewPlaces, Store};
use std::collections::HashMap;
use std::rc::Rc;

const FRESH_MS: u64 = 10_000;
const STALE_MS: u64 = 300_000;
/// Largest number of cached conversation channels.
const MAX_CONVERSATIONS: usize = 10_000;

/// Cached app and when it was queried.
pub(super) struct KnownApp {
    app: Rc<App>,
    asked_at: Timestamp,
}

/// Conversation of each channel. Never expires: only the public channel of the general room can belong to something
/// else later, by the app's settings.
pub(super) type Conversations = HashMap<ChannelName, ConversationId>;

/// The general room's public channel.
fn public_chat() -> ChannelName {
    ChannelName::trusted("chat")
}

impl Object {
    /// Makes listeners of the general room's public channel reconnect if it belongs to something else now, by the app's
    /// settings.
    pub(super) fn check_public_chat(self: &Rc<Self>) {
        let (channel, is_of_room) = (public_chat(), self.pusher().public_chat);
        let listeners = self.clients.borrow().listening_clients_of(&channel);
        for client in listeners.iter().filter(|client| client.is_at_channel(&channel) == is_of_room) {
            self.dismiss(client, Code::Reconnect);
        }
    }

    /// The app, from the cache or the record.
    pub(super) async fn app(&self) -> Result<Rc<App>, Problem> {
        let now = self.context.now();
        let known = |max_age_ms| {
            let known = self.app.borrow();
            known.as_ref().filter(|known| now.since(known.asked_at) < max_age_ms).map(|known| Rc::clone(&known.app))
        };
        if let Some(app) = known(FRESH_MS) {
            return Ok(app);
        }
        let (app_config, name) = self.me().ok_or_else(Problem::not_found)?;
        match self.store()?.app_by_tenant(&app_config.tenant).await {
            Ok(Some(app)) => {
                let app = Rc::new(app);
                *self.app.borrow_mut() = Some(KnownApp { app: Rc::clone(&app), asked_at: now });
                self.remember(&app.app_config(), &name)?;
                Ok(app)
            }
            Ok(None) => Err(Problem::not_found()),
            Err(error) => {
                tracing::warn!(at = "gateway.record", detail = %error);
                known(STALE_MS).ok_or_else(|| error.into())
            }
        }
    }

    /// Checks that a signature has the app's key and was made with one of its valid secrets. Returns the secret's
    /// generation. Signatures that do not fit are counted.
    pub(super) fn generation_of(self: &Rc<Self>, app: &App, signed: &str, voucher: &Voucher<'_>) -> Option<u32> {
        let is_usable = |(_, secret): &(u32, &str)| self.context.is_local() || *secret != DEMO_SECRET;
        let mut secrets = app.secrets_by_generation(self.context.now()).filter(is_usable);
        let made = |(_, secret): &(u32, &str)| verifies(std::iter::once(*secret), signed, voucher.signature);
        let found = if voucher.key == app.key { secrets.find(made) } else { None };
        if found.is_none() {
            self.count_bad_signature();
        }
        found.map(|(generation, _)| generation)
    }

    /// Target of a channel.
    pub(super) async fn target_of(&self, channel: &ChannelName, user: Option<&UserId>) -> Result<Target, Problem> {
        let (app_config, _) = self.me().ok_or_else(Problem::not_found)?;
        let is_apart = *channel == public_chat() && !app_config.pusher.public_chat;
        if let Some(id) = self.conversations.borrow().get(channel).filter(|_| !is_apart) {
            return Ok(Target::Conversation(id.clone()));
        }
        let now = self.context.now();
        let new = NewPlaces {
            room: RoomId::new(now, self.context.random()?),
            conversation: ConversationId::new(now, self.context.random()?),
            now,
        };
        let target = self.store()?.target_of(&app_config, channel, user, Some(&new)).await;
        let target = match (target, channel.family()) {
            (Ok(target), _) => target,
            // If the record is down, the conversation's object still knows whether the conversation exists.
            (Err(_), Family::Conversation(id)) => return Ok(Target::Conversation(id)),
            (Err(error), _) => {
                tracing::warn!(at = "gateway.record", detail = %error);
                return Err(error.into());
            }
        };
        if let Target::Conversation(id) = &target {
            let mut conversations = self.conversations.borrow_mut();
            if conversations.len() >= MAX_CONVERSATIONS {
                conversations.clear();
            }
            conversations.insert(channel.clone(), id.clone());
        }
        Ok(target)
    }

    pub(super) fn store(&self) -> Result<Store, Problem> {
        self.context.record()
    }
}
