//! In-memory index of a gateway's sockets and their channels, rebuilt from attachments.

use super::client::{Attachment, Client, Subscription};
use crate::closing::Closing;
use crate::quota_reporter::ConnectionTable;
use campana_core::accounts::quota::Connections;
use campana_core::pusher::anonymous::{AnonymousLoad, Exceeded, FrameRate, subscription_bytes};
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::code::Code;
use campana_core::pusher::link::{Counted, Listener, ListenerCounts, Target};
use campana_core::pusher::settings::PusherSettings;
use campana_core::shared::backlog::{self, Backlog};
use campana_core::shared::ids::UserId;
use campana_core::shared::timestamp::Timestamp;
use campana_runtime::Context;
use campana_runtime::sockets::Socket;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

/// Index of the sockets.
#[derive(Default)]
pub(crate) struct Clients {
    by_id: HashMap<u32, Rc<Client>>,
    listening: HashMap<ChannelName, Vec<u32>>,
    by_target: HashMap<Target, BTreeSet<ChannelName>>,
    /// Sockets with an unanswered subscription.
    pending: HashMap<ChannelName, Vec<u32>>,
    closing: Closing,
    anonymous: AnonymousLoad,
    next_id: u32,
}

impl Clients {
    /// Index of the sockets that survived hibernation. If an instance was lost, all sockets are closed so that they
    /// reconnect.
    pub(super) fn rebuild(context: &Context, bursts: (u32, u32), settings: &PusherSettings) -> Self {
        let mut clients = Self::default();
        let has_lost = context.host().has_lost_instance();
        for socket in context.host().sockets() {
            match Attachment::of(&*socket) {
                Some(attachment) if !has_lost && !socket.is_closing() => {
                    clients.add(socket, attachment, (bursts, settings), context.now());
                }
                // Instance lost or attachment unreadable: the client reconnects and subscribes again.
                attachment => {
                    clients.closing.add(attachment.and_then(|attachment| attachment.person()), &socket);
                    socket.close(Code::Reconnect.number(), Code::Reconnect.message());
                }
            }
        }
        clients
    }

    /// Adds a socket.
    pub(super) fn add(
        &mut self,
        socket: Rc<dyn Socket>,
        attachment: Attachment,
        (bursts, settings): ((u32, u32), &PusherSettings),
        now: Timestamp,
    ) -> Rc<Client> {
        self.next_id = self.next_id.wrapping_add(1);
        socket.mark(self.next_id);
        let client = Rc::new(Client::new(self.next_id, socket, attachment, bursts, now));
        self.by_id.insert(client.id, Rc::clone(&client));
        if client.is_anonymous.get() {
            self.anonymous.opened(client.address, settings, now);
            client.subscriptions.borrow().keys().for_each(|channel| self.anonymous.add(client.address, channel));
        }
        for (channel, subscription) in client.subscriptions.borrow().iter() {
            self.list(channel, &subscription.target, client.id);
        }
        client
    }

    fn list(&mut self, channel: &ChannelName, target: &Target, id: u32) {
        self.listening.entry(channel.clone()).or_default().push(id);
        self.by_target.entry(target.clone()).or_default().insert(channel.clone());
    }

    /// Client of a socket that received an event. The mark alone is not enough: a socket marked by a lost instance may
    /// have the number of a client of this one.
    pub(super) fn of_socket(&self, socket: &dyn Socket) -> Option<Rc<Client>> {
        let is_same = |client: &&Rc<Client>| client.socket.is_same(socket);
        let client = match socket.marked() {
            Some(id) => self.by_id.get(&id).filter(is_same),
            None => self.by_id.values().find(is_same),
        };
        client.cloned()
    }

    /// Client by connection number, if still connected.
    pub(super) fn get(&self, id: u32) -> Option<&Rc<Client>> {
        self.by_id.get(&id)
    }

    /// All clients.
    pub(super) fn all(&self) -> Vec<Rc<Client>> {
        self.by_id.values().cloned().collect()
    }

    /// Number of clients.
    pub(super) fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whether the gateway is full. Closed sockets count until the platform is done with them. If their unsent bytes
    /// exceed [`backlog::OBJECT_BYTES`], no socket is accepted.
    pub(super) fn is_full(&mut self, capacity: usize, now: Timestamp) -> bool {
        self.closing.settle(now);
        let lost = self.closing.lost().iter().map(|lost| lost.bytes).fold(0, u64::saturating_add);
        self.by_id.len().saturating_add(self.closing.len()) >= capacity || lost > backlog::OBJECT_BYTES
    }

    /// Clients whose unsent bytes exceed the limits.
    pub(super) fn unread(&self) -> Vec<Rc<Client>> {
        let unsent: Vec<(&Rc<Client>, Option<UserId>, u64)> =
            self.by_id.values().map(|client| (client, client.person(), client.socket.buffered())).collect();
        let backlogs = unsent.iter().map(|(client, person, bytes)| Backlog {
            connection: client.id,
            person: person.as_ref(),
            bytes: *bytes,
        });
        let dropped = backlog::to_drop(backlogs.collect(), &self.closing.lost());
        dropped.iter().filter_map(|id| self.by_id.get(id)).cloned().collect()
    }

    /// Notes that the platform has finished closing a socket: the client answered the close, or the connection broke.
    pub(super) fn ended(&mut self, socket: &dyn Socket, is_answered: bool, now: Timestamp) {
        self.closing.ended(socket, is_answered, now);
    }

    /// Adds a pending subscription.
    pub(super) fn add_pending(&mut self, channel: &ChannelName, id: u32) {
        self.pending.entry(channel.clone()).or_default().push(id);
    }

    /// Removes a pending subscription.
    pub(super) fn remove_pending(&mut self, channel: &ChannelName, id: u32) {
        if let Some(waiting) = self.pending.get_mut(channel) {
            waiting.retain(|other| *other != id);
            if waiting.is_empty() {
                self.pending.remove(channel);
            }
        }
    }

    /// Clients with a pending subscription to a channel.
    pub(super) fn pending_clients_of(&self, channel: &ChannelName) -> Vec<Rc<Client>> {
        let ids = self.pending.get(channel).map(Vec::as_slice).unwrap_or_default();
        ids.iter().filter_map(|id| self.by_id.get(id)).cloned().collect()
    }

    /// All pending subscriptions.
    pub(super) fn all_pending(&self) -> Vec<(ChannelName, Rc<Client>)> {
        let pairs = self.pending.iter().flat_map(|(channel, ids)| ids.iter().map(move |id| (channel, id)));
        pairs.filter_map(|(channel, id)| Some((channel.clone(), Rc::clone(self.by_id.get(id)?)))).collect()
    }

    /// The client's user is known from now on.
    pub(super) fn identified(&mut self, client: &Client) {
        if client.is_anonymous.replace(false) {
            client.subscriptions.borrow().keys().for_each(|channel| self.anonymous.remove(client.address, channel));
            self.anonymous.closed(client.address);
        }
    }

    /// Whether an anonymous client may subscribe to one more channel.
    pub(super) fn admits_anonymous(
        &self,
        client: &Client,
        channel: &ChannelName,
        settings: &PusherSettings,
    ) -> Result<(), Exceeded> {
        let subscriptions = client.subscriptions.borrow();
        let own_bytes = subscriptions.keys().map(subscription_bytes).fold(0, u64::saturating_add);
        self.anonymous.admits(client.address, channel, own_bytes, settings)
    }

    /// Counts a frame, which may subscribe to a channel, against the address of an anonymous client.
    pub(super) fn take_frame(
        &mut self,
        client: &Client,
        channel: Option<&ChannelName>,
        settings: &PusherSettings,
        now: Timestamp,
    ) -> FrameRate {
        if client.is_anonymous.get() {
            self.anonymous.take_frame(client.address, channel, settings, now)
        } else {
            FrameRate::Within
        }
    }

    /// Adds an active subscription.
    pub(super) fn listen(&mut self, client: &Client, channel: &ChannelName, subscription: Subscription) {
        if subscription.listener.is_some() {
            self.identified(client);
        }
        if client.is_anonymous.get() {
            self.anonymous.add(client.address, channel);
        }
        self.list(channel, &subscription.target, client.id);
        client.subscriptions.borrow_mut().insert(channel.clone(), subscription);
    }

    /// Removes an active subscription. Returns it if it existed.
    pub(super) fn stop_listening(&mut self, client: &Client, channel: &ChannelName) -> Option<Subscription> {
        let subscription = client.subscriptions.borrow_mut().remove(channel)?;
        if client.is_anonymous.get() {
            self.anonymous.remove(client.address, channel);
        }
        if let Some(listening) = self.listening.get_mut(channel) {
            if let Some(at) = listening.iter().position(|id| *id == client.id) {
                listening.swap_remove(at);
            }
            if listening.is_empty() {
                self.listening.remove(channel);
                self.unlist(channel, &subscription.target);
            }
        }
        Some(subscription)
    }

    fn unlist(&mut self, channel: &ChannelName, target: &Target) {
        if let Some(channels) = self.by_target.get_mut(target) {
            channels.remove(channel);
            if channels.is_empty() {
                self.by_target.remove(target);
            }
        }
    }

    /// Removes a client. Returns its subscriptions.
    pub(super) fn remove(&mut self, client: &Client) -> Vec<(ChannelName, Subscription)> {
        if self.by_id.remove(&client.id).is_none() {
            return Vec::new();
        }
        self.closing.add(client.person(), &client.socket);
        let pending: Vec<ChannelName> = client.pending.borrow().keys().cloned().collect();
        for channel in pending {
            self.remove_pending(&channel, client.id);
        }
        let channels: Vec<ChannelName> = client.subscriptions.borrow().keys().cloned().collect();
        let stop = |channel: ChannelName| {
            let subscription = self.stop_listening(client, &channel)?;
            Some((channel, subscription))
        };
        let stopped = channels.into_iter().filter_map(stop).collect();
        if client.is_anonymous.get() {
            self.anonymous.closed(client.address);
        }
        stopped
    }

    /// Connection numbers of a channel's listeners.
    pub(super) fn listeners_of(&self, channel: &ChannelName) -> &[u32] {
        self.listening.get(channel).map(Vec::as_slice).unwrap_or_default()
    }

    /// A channel's listeners.
    pub(super) fn listening_clients_of(&self, channel: &ChannelName) -> Vec<Rc<Client>> {
        self.listeners_of(channel).iter().filter_map(|id| self.by_id.get(id)).cloned().collect()
    }

    /// All subscriptions to channels of a target.
    pub(super) fn listeners_to(&self, target: &Target) -> Vec<(ChannelName, Rc<Client>)> {
        let channels = self.by_target.get(target).into_iter().flatten();
        let pairs = channels.flat_map(|channel| self.listeners_of(channel).iter().map(move |id| (channel, id)));
        pairs.filter_map(|(channel, id)| Some((channel.clone(), Rc::clone(self.by_id.get(id)?)))).collect()
    }

    /// Targets with at least one listener here.
    pub(super) fn targets(&self) -> impl Iterator<Item = &Target> {
        self.by_target.keys()
    }

    /// Whether a target has a listener here.
    pub(super) fn has_listeners_of(&self, target: &Target) -> bool {
        self.by_target.contains_key(target)
    }

    /// Listener counts for a target.
    pub(super) fn listener_counts_of(&self, target: &Target) -> ListenerCounts {
        let channels = self.by_target.get(target).into_iter().flatten();
        channels.filter_map(|channel| Some(self.count(channel, self.listening.get(channel)?))).collect()
    }

    /// Listener counts of all channels.
    pub(super) fn counts(&self) -> ListenerCounts {
        self.listening.iter().map(|(channel, listening)| self.count(channel, listening)).collect()
    }

    fn count(&self, channel: &ChannelName, listening: &[u32]) -> Counted {
        let mut people: BTreeMap<UserId, (Listener, u32)> = BTreeMap::new();
        if channel.is_presence() {
            for client in listening.iter().filter_map(|id| self.by_id.get(id)) {
                let subscriptions = client.subscriptions.borrow();
                if let Some(listener) = subscriptions.get(channel).and_then(|it| it.listener.as_ref()) {
                    let (_, count) = people.entry(listener.user.clone()).or_insert_with(|| (listener.clone(), 0));
                    *count = count.saturating_add(1);
                }
            }
        }
        let sockets = u32::try_from(listening.len()).unwrap_or(u32::MAX);
        Counted { channel: channel.clone(), sockets, people: people.into_values().collect() }
    }

    /// When a client is due next: an identity expires, or the time to sign in ends.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.by_id.values().filter_map(|client| client.due_at()).min()
    }
}

impl ConnectionTable for Clients {
    fn len(&self) -> usize {
        Self::len(self)
    }

    fn people_count(&self) -> usize {
        0
    }

    fn count_of(&self, user: &UserId) -> usize {
        self.by_id.values().filter(|client| client.is_of(user)).count()
    }

    fn list(&self) -> Connections {
        let mut connections = Connections::new();
        for client in self.by_id.values() {
            let people = client.people();
            if people.is_empty() {
                connections.push((client.id, None));
            }
            connections.extend(people.into_iter().map(|user| (client.id, Some(user))));
        }
        connections
    }
}
