//! Sockets of Pusher clients, as administrators see them.

use super::Object;
use super::client::Client;
use crate::live::{ShowsConnections, since};
use campana_core::live::{
    AskStanding, ConnectionKind, Decision, Keyed, ListConnections, LiveAnswer, LiveConnection, MAX_CHANNELS_SHOWN,
    Position, StandingConnection, key,
};
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::code::Code;
use campana_core::shared::json::read_input;
use campana_core::shared::problem::Problem;
use serde_json::Value;
use std::rc::Rc;

impl Client {
    fn key(&self) -> String {
        key(self.opened_at_ms, self.socket_id.as_str())
    }

    /// The user's display name, in the info that was signed for them. Hibernation drops it.
    fn name(&self) -> Option<String> {
        let signed_in = self.user_info.borrow().clone();
        let subscriptions = self.subscriptions.borrow();
        let subscribed = || subscriptions.values().find_map(|it| it.listener.as_ref()?.info.clone());
        let info: Value = read_input(&signed_in.or_else(subscribed)?).ok()?;
        Some(info.get("name")?.as_str()?.to_owned())
    }

    fn describe(&self) -> LiveConnection {
        let channels: Vec<ChannelName> =
            self.subscriptions.borrow().keys().filter(|channel| !channel.is_inner()).cloned().collect();
        LiveConnection {
            kind: ConnectionKind::Pusher,
            user_id: self.person(),
            name: self.name(),
            since: since(self.opened_at_ms),
            heard_at: Some(self.heard_at.get()),
            expires_at: self.expires_at(),
            client_id: Some(self.socket_id.to_string()),
            conversation_id: None,
            channel_count: u32::try_from(channels.len()).unwrap_or(u32::MAX),
            channels: channels.into_iter().take(MAX_CHANNELS_SHOWN).collect(),
            unsent_bytes: self.socket.buffered(),
        }
    }
}

impl Object {
    fn client_of(&self, key: &str) -> Option<Rc<Client>> {
        self.clients.borrow().all().into_iter().find(|client| client.key() == key)
    }
}

impl ShowsConnections for Object {
    fn list(&self, asked: &ListConnections) -> LiveAnswer {
        let clients = match &asked.channel {
            Some(channel) => self.clients.borrow().listening_clients_of(channel),
            None => self.clients.borrow().all(),
        };
        let is_asked = |client: &Client| asked.user.as_ref().is_none_or(|user| client.is_of(user));
        let clients = clients.into_iter().filter(|client| is_asked(client)).map(|client| (client.key(), client));
        LiveAnswer::page(asked, clients, |client| client.describe())
    }

    fn find(&self, key: &str) -> Option<Keyed> {
        let client = self.client_of(key)?;
        Some(Keyed { key: key.to_owned(), connection: client.describe() })
    }

    fn position(&self) -> Position {
        Position { connections: u32::try_from(self.clients.borrow().len()).unwrap_or(u32::MAX), ..Position::default() }
    }

    fn of_user(&self, asked: &AskStanding) -> Vec<StandingConnection> {
        let clients = self.clients.borrow().all().into_iter().filter(|client| client.is_of(&asked.user));
        let shown = clients.take(asked.limit).map(|client| StandingConnection {
            keyed: Keyed { key: client.key(), connection: client.describe() },
            is_subscribed: asked.channel.as_ref().is_some_and(|channel| client.listens(channel)),
            permissions: Vec::new(),
        });
        shown.collect()
    }

    async fn decide(self: &Rc<Self>, _asked: &AskStanding) -> Result<Decision, Problem> {
        Ok(Decision::default())
    }

    /// With the code of `terminate_connections`, on which clients do not reconnect by themselves.
    fn close(self: &Rc<Self>, key: &str) -> bool {
        let client = self.client_of(key);
        if let Some(client) = &client {
            self.dismiss(client, Code::Unauthorized);
        }
        client.is_some()
    }
}
