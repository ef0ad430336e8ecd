//! Roster of one object's channels: subscribed sockets per gateway, and members of presence channels.
//!
//! A gateway's sockets are the source of truth. The object stores only which gateways have listeners and which members
//! it has announced. All other state is in memory; when it is lost, a resync ([`ListenerCounts`]) rebuilds it. Users
//! with native sockets at the object are members of its presence channels too.

use super::channel::ChannelName;
use super::link::{GatewayName, Listener, ListenerCounts};
use crate::shared::ids::UserId;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Change of a roster. The object stores it, notifies the listeners and sends webhooks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RosterChange {
    /// A channel has its first listener.
    Occupied(ChannelName),
    /// A channel has lost its last listener.
    Vacated(ChannelName),
    /// The number of a channel's listening sockets has changed.
    Counted(ChannelName, u64),
    /// A user has become a member of a presence channel.
    Came(ChannelName, Listener),
    /// A user is no longer a member of a presence channel.
    Left(ChannelName, Listener),
    /// A gateway has its first listener of a channel. The object must store it.
    Opened(ChannelName, GatewayName),
    /// A gateway has lost its last listener of a channel. The object must delete its entry.
    Closed(ChannelName, GatewayName),
    /// A user is present at the object, by a native socket or as a member; they were not before.
    Arrived(Listener),
    /// A user is no longer present at the object.
    Departed(Listener),
}

/// The listeners of an object's channels.
#[derive(Debug, Default)]
pub struct Roster {
    channels: BTreeMap<ChannelName, Listeners>,
    natives: BTreeMap<UserId, Listener>,
    /// Gateways that need a resync, each with its doubt number. An answer with another doubt number is ignored.
    stale: BTreeMap<GatewayName, u64>,
    doubts: u64,
}

#[derive(Debug, Default)]
struct Listeners {
    gateways: BTreeMap<GatewayName, AtGateway>,
    /// Members that were announced to the others.
    announced: BTreeMap<UserId, Listener>,
}

#[derive(Debug, Default)]
struct AtGateway {
    sockets: u32,
    people: HashMap<UserId, (Listener, u32)>,
}

impl Listeners {
    fn sockets(&self) -> u64 {
        self.gateways.values().map(|at| u64::from(at.sockets)).fold(0, u64::saturating_add)
    }

    fn find(&self, user: &UserId) -> Option<&Listener> {
        self.gateways.values().find_map(|at| at.people.get(user)).map(|(listener, _)| listener)
    }
}

impl Roster {
    /// Restores a roster from stored gateways and announced members. Each of the gateways needs a resync.
    pub fn reopen(
        listening: impl IntoIterator<Item = (ChannelName, GatewayName)>,
        announced: impl IntoIterator<Item = (ChannelName, Listener)>,
    ) -> Self {
        let mut roster = Self::default();
        for (channel, gateway) in listening {
            roster.suspect(&gateway);
            roster.channels.entry(channel).or_default().gateways.insert(gateway, AtGateway::default());
        }
        for (channel, listener) in announced {
            if let Some(listeners) = roster.channels.get_mut(&channel) {
                listeners.announced.insert(listener.user.clone(), listener);
            }
        }
        roster
    }

    /// Gateways that need a resync: their listener counts are unknown.
    pub fn stale(&self) -> Vec<GatewayName> {
        self.stale.keys().cloned().collect()
    }

    /// Gateways that need a resync, each with the doubt number to pass to [`Self::answered`].
    pub fn doubts(&self) -> Vec<(GatewayName, u64)> {
        self.stale.iter().map(|(gateway, doubt)| (gateway.clone(), *doubt)).collect()
    }

    /// Marks a gateway's counts as unknown: it needs a resync before the object applies its next calls.
    pub fn suspect(&mut self, gateway: &GatewayName) {
        if !self.stale.contains_key(gateway) {
            self.doubts = self.doubts.saturating_add(1);
            self.stale.insert(gateway.clone(), self.doubts);
        }
    }

    /// Whether a gateway has known listeners of any channel.
    pub fn has_listeners_at(&self, gateway: &GatewayName) -> bool {
        self.channels.values().any(|listeners| listeners.gateways.contains_key(gateway))
    }

    /// Adds a socket. `None` if the member is new and the presence channel already has `max_members` members who have
    /// no native socket.
    pub fn subscribe(
        &mut self,
        gateway: &GatewayName,
        channel: &ChannelName,
        listener: Option<&Listener>,
        max_members: usize,
    ) -> Option<Vec<RosterChange>> {
        let member = listener.filter(|_| channel.is_presence());
        let known = self.channels.get(channel);
        let is_new = |member: &Listener| known.is_none_or(|known| !known.announced.contains_key(&member.user));
        // Users with native sockets do not count towards the limit.
        let by_gateways =
            |known: &Listeners| known.announced.keys().filter(|user| !self.natives.contains_key(*user)).count();
        let there = known.map_or(0, by_gateways);
        if member.is_some_and(is_new) && there >= max_members {
            return None;
        }
        let mut changes = self.open(channel, gateway);
        let at = self.channels.entry(channel.clone()).or_default().gateways.entry(gateway.clone()).or_default();
        at.sockets = at.sockets.saturating_add(1);
        if let Some(member) = member {
            let (_, sockets) = at.people.entry(member.user.clone()).or_insert_with(|| (member.clone(), 0));
            *sockets = sockets.saturating_add(1);
        }
        changes.push(RosterChange::Counted(channel.clone(), self.subscription_count(channel)));
        if let Some(member) = member {
            changes.extend(self.reconcile(channel, &member.user));
        }
        Some(changes)
    }

    /// Removes a socket.
    pub fn unsubscribe(
        &mut self,
        gateway: &GatewayName,
        channel: &ChannelName,
        user: Option<&UserId>,
    ) -> Vec<RosterChange> {
        let Some(at) = self.channels.get_mut(channel).and_then(|listeners| listeners.gateways.get_mut(gateway)) else {
            return Vec::new();
        };
        at.sockets = at.sockets.saturating_sub(1);
        let user = user.filter(|_| channel.is_presence());
        if let Some((user, (_, count))) = user.and_then(|user| Some((user, at.people.get_mut(user)?))) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                at.people.remove(user);
            }
        }
        let mut changes = user.map(|user| self.reconcile(channel, user)).unwrap_or_default();
        changes.extend(self.recount(channel, gateway));
        changes
    }

    /// Applies a gateway's answer to a resync request. `None`, without a change, if the doubt is no longer current: the
    /// gateway has sent newer counts by itself since the request, and this answer may be older than later calls.
    pub fn answered(&mut self, gateway: &GatewayName, doubt: u64, counts: ListenerCounts) -> Option<Vec<RosterChange>> {
        (self.stale.get(gateway) == Some(&doubt)).then(|| self.resync(gateway, counts))
    }

    /// Replaces all that is known of a gateway by its current counts.
    pub fn resync(&mut self, gateway: &GatewayName, counts: ListenerCounts) -> Vec<RosterChange> {
        self.stale.remove(gateway);
        let mut changes = Vec::new();
        let mut counted: BTreeMap<ChannelName, AtGateway> = BTreeMap::new();
        for one in counts.into_iter().filter(|one| one.sockets > 0) {
            let people = one.people.into_iter().map(|(listener, count)| (listener.user.clone(), (listener, count)));
            counted.insert(one.channel, AtGateway { sockets: one.sockets, people: people.collect() });
        }
        let listens = |listeners: &Listeners| listeners.gateways.contains_key(gateway);
        let before: Vec<ChannelName> =
            self.channels.iter().filter(|(_, it)| listens(it)).map(|(channel, _)| channel.clone()).collect();
        for channel in before.into_iter().filter(|channel| !counted.contains_key(channel)) {
            changes.extend(self.count_at(&channel, gateway, AtGateway::default()));
        }
        for (channel, at) in counted {
            changes.extend(self.open(&channel, gateway));
            changes.extend(self.count_at(&channel, gateway, at));
        }
        changes
    }

    fn count_at(&mut self, channel: &ChannelName, gateway: &GatewayName, at: AtGateway) -> Vec<RosterChange> {
        let Some(listeners) = self.channels.get_mut(channel) else { return Vec::new() };
        let before = listeners.gateways.insert(gateway.clone(), at).unwrap_or_default();
        let mut people: BTreeSet<UserId> =
            before.people.into_keys().chain(listeners.announced.keys().cloned()).collect();
        people.extend(listeners.gateways.get(gateway).into_iter().flat_map(|at| at.people.keys().cloned()));
        let mut changes = Vec::new();
        if channel.is_presence() && !self.is_any_stale(channel) {
            for user in people {
                changes.extend(self.reconcile(channel, &user));
            }
        }
        changes.extend(self.recount(channel, gateway));
        changes
    }

    /// While a gateway of the channel needs a resync, no member is known to have left.
    fn is_any_stale(&self, channel: &ChannelName) -> bool {
        let gateways = self.channels.get(channel).map(|listeners| &listeners.gateways);
        gateways.is_some_and(|gateways| gateways.keys().any(|gateway| self.stale.contains_key(gateway)))
    }

    fn recount(&mut self, channel: &ChannelName, gateway: &GatewayName) -> Vec<RosterChange> {
        let mut changes = vec![RosterChange::Counted(channel.clone(), self.subscription_count(channel))];
        let Some(listeners) = self.channels.get_mut(channel) else { return changes };
        let is_silent = listeners.gateways.get(gateway).is_some_and(|at| at.sockets == 0);
        if is_silent && !self.stale.contains_key(gateway) {
            listeners.gateways.remove(gateway);
            changes.push(RosterChange::Closed(channel.clone(), gateway.clone()));
        }
        if listeners.gateways.is_empty() {
            let members: Vec<UserId> = listeners.announced.keys().cloned().collect();
            for user in members {
                changes.extend(self.unannounce(channel, &user));
            }
            self.channels.remove(channel);
            changes.push(RosterChange::Vacated(channel.clone()));
        }
        changes
    }

    fn open(&mut self, channel: &ChannelName, gateway: &GatewayName) -> Vec<RosterChange> {
        let mut changes = Vec::new();
        let listeners = self.channels.entry(channel.clone()).or_default();
        let is_first = listeners.gateways.is_empty();
        if is_first {
            changes.push(RosterChange::Occupied(channel.clone()));
        }
        if !listeners.gateways.contains_key(gateway) {
            listeners.gateways.insert(gateway.clone(), AtGateway::default());
            changes.push(RosterChange::Opened(channel.clone(), gateway.clone()));
        }
        if is_first && channel.is_presence() {
            let natives: Vec<UserId> = self.natives.keys().cloned().collect();
            for user in natives {
                changes.extend(self.reconcile(channel, &user));
            }
        }
        changes
    }

    /// A user's first native socket opened.
    pub fn native_joined(&mut self, person: Listener) -> Vec<RosterChange> {
        let user = person.user.clone();
        let was_here = self.is_here(&user);
        self.natives.insert(user.clone(), person.clone());
        let mut changes = if was_here { Vec::new() } else { vec![RosterChange::Arrived(person)] };
        changes.extend(self.reconcile_everywhere(&user));
        changes
    }

    /// A user's last native socket closed.
    pub fn native_left(&mut self, user: &UserId) -> Vec<RosterChange> {
        let Some(person) = self.natives.remove(user) else { return Vec::new() };
        let mut changes = self.reconcile_everywhere(user);
        let has_departed = changes.iter().any(|change| matches!(change, RosterChange::Departed(_)));
        if !has_departed && !self.is_here(user) {
            changes.push(RosterChange::Departed(person));
        }
        changes
    }

    /// Restores users whose native sockets survived hibernation. Returns no changes: they are already announced.
    pub fn natives_were(&mut self, people: impl IntoIterator<Item = Listener>) {
        self.natives.extend(people.into_iter().map(|person| (person.user.clone(), person)));
    }

    fn reconcile_everywhere(&mut self, user: &UserId) -> Vec<RosterChange> {
        let channels: Vec<ChannelName> =
            self.channels.keys().filter(|channel| channel.is_presence()).cloned().collect();
        channels.iter().flat_map(|channel| self.reconcile(channel, user)).collect()
    }

    /// Announces or withdraws a user on a presence channel if the announcement does not match their sockets.
    fn reconcile(&mut self, channel: &ChannelName, user: &UserId) -> Vec<RosterChange> {
        let Some(listeners) = self.channels.get(channel) else { return Vec::new() };
        let is_announced = listeners.announced.contains_key(user);
        let present = listeners.find(user).or_else(|| self.natives.get(user)).cloned();
        match present {
            Some(listener) if !is_announced => {
                let was_here = self.is_here(user);
                if let Some(listeners) = self.channels.get_mut(channel) {
                    listeners.announced.insert(user.clone(), listener.clone());
                }
                let arrived = (!was_here).then(|| RosterChange::Arrived(listener.clone()));
                arrived.into_iter().chain([RosterChange::Came(channel.clone(), listener)]).collect()
            }
            None if is_announced && !self.is_any_stale(channel) => self.unannounce(channel, user),
            _ => Vec::new(),
        }
    }

    fn unannounce(&mut self, channel: &ChannelName, user: &UserId) -> Vec<RosterChange> {
        let Some(listener) = self.channels.get_mut(channel).and_then(|it| it.announced.remove(user)) else {
            return Vec::new();
        };
        let mut changes = vec![RosterChange::Left(channel.clone(), listener.clone())];
        if !self.is_here(user) {
            changes.push(RosterChange::Departed(listener));
        }
        changes
    }

    /// Whether a user is present: by a native socket, or as a member of a presence channel.
    pub fn is_here(&self, user: &UserId) -> bool {
        self.natives.contains_key(user)
            || self.channels.values().any(|listeners| listeners.announced.contains_key(user))
    }

    /// Members of all presence channels, each user once.
    pub fn members(&self) -> Vec<&Listener> {
        let everybody = self.channels.values().flat_map(|listeners| listeners.announced.iter());
        everybody.collect::<BTreeMap<_, _>>().into_values().collect()
    }

    /// Gateways that have listeners of a channel.
    pub fn gateways_of(&self, channel: &ChannelName) -> Vec<GatewayName> {
        self.channels.get(channel).map(|it| it.gateways.keys().cloned().collect()).unwrap_or_default()
    }

    /// Gateways that have listeners of any channel.
    pub fn gateways(&self) -> BTreeSet<GatewayName> {
        self.channels.values().flat_map(|listeners| listeners.gateways.keys().cloned()).collect()
    }

    /// Channels that have listeners.
    pub fn channels(&self) -> impl Iterator<Item = &ChannelName> {
        self.channels.keys()
    }

    /// Whether no channel has listeners.
    pub fn is_silent(&self) -> bool {
        self.channels.is_empty()
    }

    /// Number of sockets that listen to a channel.
    pub fn subscription_count(&self, channel: &ChannelName) -> u64 {
        self.channels.get(channel).map_or(0, Listeners::sockets)
    }

    /// Members of a presence channel.
    pub fn members_of(&self, channel: &ChannelName) -> Vec<&Listener> {
        self.channels.get(channel).map(|it| it.announced.values().collect()).unwrap_or_default()
    }

    /// `presence` data (JSON) for a new member: the member and up to `limit` others.
    pub fn presence_json(&self, channel: &ChannelName, me: &UserId, limit: usize) -> String {
        let members = self.members_of(channel);
        let own = members.iter().find(|member| member.user == *me);
        let others = members.iter().filter(|member| member.user != *me).take(limit);
        let (mut ids, mut hash) = (Vec::new(), Vec::new());
        for member in own.into_iter().chain(others) {
            let key = serde_json::Value::from(member.user.as_str()).to_string();
            ids.push(member.id_json());
            hash.push(format!("{key}:{}", member.info.as_deref().unwrap_or("{}")));
        }
        let count = ids.len();
        format!(r#"{{"presence":{{"ids":[{}],"hash":{{{}}},"count":{count}}}}}"#, ids.join(","), hash.join(","))
    }
}

#[cfg(test)]
mod histories;
#[cfg(test)]
mod tests;
