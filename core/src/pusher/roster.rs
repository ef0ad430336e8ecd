//! Who listens to the channels of one object, by gateway; on presence channels also who they are.
//!
//! A gateway's sockets are the truth. The object keeps only which gateways have listeners and which members it has told
//! of; whatever else it knows is memory, and counted anew by a [`ListenerCounts`] after it was lost. People who are with the
//! object by native sockets are members of its presence channels too.

use super::channel::ChannelName;
use super::link::{GatewayName, Listener, ListenerCounts};
use crate::shared::ids::UserId;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What became different. The object keeps it, tells those who listen, and tells webhooks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A channel has its first listener.
    Occupied(ChannelName),
    /// It has none any more.
    Vacated(ChannelName),
    /// It has another number of listeners.
    Counted(ChannelName, u64),
    /// Somebody is a member of a presence channel now.
    Came(ChannelName, Listener),
    /// They are not any more.
    Left(ChannelName, Listener),
    /// This gateway has listeners now: keep it.
    Opened(ChannelName, GatewayName),
    /// It has none any more.
    Closed(ChannelName, GatewayName),
    /// Somebody is here for the first time, whichever way.
    Arrived(Listener),
    /// They are not here any more.
    Departed(Listener),
}

/// The listeners of an object's channels.
#[derive(Debug, Default)]
pub struct Roster {
    channels: BTreeMap<ChannelName, Listeners>,
    natives: BTreeMap<UserId, Listener>,
    /// Gateways to be counted, each with the number of the doubt: an answer to a question from before it proves nothing.
    stale: BTreeMap<GatewayName, u64>,
    doubts: u64,
}

#[derive(Debug, Default)]
struct Listeners {
    gateways: BTreeMap<GatewayName, AtGateway>,
    /// Members that the others were told of.
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
    /// What was kept: which gateways listen to what, and which members were told of. Gateways have to be counted.
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

    /// Gateways that have listeners of which it is not known how many.
    pub fn stale(&self) -> Vec<GatewayName> {
        self.stale.keys().cloned().collect()
    }

    /// The same, each with the number of the doubt, which goes into [`Self::answered`].
    pub fn doubts(&self) -> Vec<(GatewayName, u64)> {
        self.stale.iter().map(|(gateway, doubt)| (gateway.clone(), *doubt)).collect()
    }

    /// It is not known how this gateway stands: it is counted before its next calls.
    pub fn suspect(&mut self, gateway: &GatewayName) {
        if !self.stale.contains_key(gateway) {
            self.doubts = self.doubts.saturating_add(1);
            self.stale.insert(gateway.clone(), self.doubts);
        }
    }

    /// Whether a gateway has listeners of anything, as far as it is known.
    pub fn has_listeners_at(&self, gateway: &GatewayName) -> bool {
        self.channels.values().any(|listeners| listeners.gateways.contains_key(gateway))
    }

    /// A socket listens from now on. Nothing, if the presence channel has as many members by gateways as it may.
    pub fn subscribe(
        &mut self,
        gateway: &GatewayName,
        channel: &ChannelName,
        listener: Option<&Listener>,
        max_members: usize,
    ) -> Option<Vec<Change>> {
        let member = listener.filter(|_| channel.is_presence());
        let known = self.channels.get(channel);
        let is_new = |member: &Listener| known.is_none_or(|known| !known.announced.contains_key(&member.user));
        // Who is here by native sockets takes nobody's place.
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
        changes.push(Change::Counted(channel.clone(), self.subscription_count(channel)));
        if let Some(member) = member {
            changes.extend(self.settle(channel, &member.user));
        }
        Some(changes)
    }

    /// A socket listens no longer.
    pub fn unsubscribe(&mut self, gateway: &GatewayName, channel: &ChannelName, user: Option<&UserId>) -> Vec<Change> {
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
        let mut changes = user.map(|user| self.settle(channel, user)).unwrap_or_default();
        changes.extend(self.count_again(channel, gateway));
        changes
    }

    /// A gateway that was asked because of a doubt answers how its sockets stand. `None`, and nothing changes, if it has
    /// told by itself meanwhile: it may have said more since, also if there is another doubt by now.
    pub fn answered(&mut self, gateway: &GatewayName, doubt: u64, counts: ListenerCounts) -> Option<Vec<Change>> {
        (self.stale.get(gateway) == Some(&doubt)).then(|| self.resync(gateway, counts))
    }

    /// How a gateway's sockets stand: whatever was thought of it before is over.
    pub fn resync(&mut self, gateway: &GatewayName, counts: ListenerCounts) -> Vec<Change> {
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

    fn count_at(&mut self, channel: &ChannelName, gateway: &GatewayName, at: AtGateway) -> Vec<Change> {
        let Some(listeners) = self.channels.get_mut(channel) else { return Vec::new() };
        let before = listeners.gateways.insert(gateway.clone(), at).unwrap_or_default();
        let mut people: BTreeSet<UserId> =
            before.people.into_keys().chain(listeners.announced.keys().cloned()).collect();
        people.extend(listeners.gateways.get(gateway).into_iter().flat_map(|at| at.people.keys().cloned()));
        let mut changes = Vec::new();
        if channel.is_presence() && !self.is_any_stale(channel) {
            for user in people {
                changes.extend(self.settle(channel, &user));
            }
        }
        changes.extend(self.count_again(channel, gateway));
        changes
    }

    /// As long as some gateway was not counted nobody is known to have left.
    fn is_any_stale(&self, channel: &ChannelName) -> bool {
        let gateways = self.channels.get(channel).map(|listeners| &listeners.gateways);
        gateways.is_some_and(|gateways| gateways.keys().any(|gateway| self.stale.contains_key(gateway)))
    }

    fn count_again(&mut self, channel: &ChannelName, gateway: &GatewayName) -> Vec<Change> {
        let mut changes = vec![Change::Counted(channel.clone(), self.subscription_count(channel))];
        let Some(listeners) = self.channels.get_mut(channel) else { return changes };
        let is_silent = listeners.gateways.get(gateway).is_some_and(|at| at.sockets == 0);
        if is_silent && !self.stale.contains_key(gateway) {
            listeners.gateways.remove(gateway);
            changes.push(Change::Closed(channel.clone(), gateway.clone()));
        }
        if listeners.gateways.is_empty() {
            let members: Vec<UserId> = listeners.announced.keys().cloned().collect();
            for user in members {
                changes.extend(self.unannounce(channel, &user));
            }
            self.channels.remove(channel);
            changes.push(Change::Vacated(channel.clone()));
        }
        changes
    }

    fn open(&mut self, channel: &ChannelName, gateway: &GatewayName) -> Vec<Change> {
        let mut changes = Vec::new();
        let listeners = self.channels.entry(channel.clone()).or_default();
        let is_first = listeners.gateways.is_empty();
        if is_first {
            changes.push(Change::Occupied(channel.clone()));
        }
        if !listeners.gateways.contains_key(gateway) {
            listeners.gateways.insert(gateway.clone(), AtGateway::default());
            changes.push(Change::Opened(channel.clone(), gateway.clone()));
        }
        if is_first && channel.is_presence() {
            let natives: Vec<UserId> = self.natives.keys().cloned().collect();
            for user in natives {
                changes.extend(self.settle(channel, &user));
            }
        }
        changes
    }

    /// Somebody's first native socket opened.
    pub fn native_came(&mut self, person: Listener) -> Vec<Change> {
        let user = person.user.clone();
        let was_here = self.is_here(&user);
        self.natives.insert(user.clone(), person.clone());
        let mut changes = if was_here { Vec::new() } else { vec![Change::Arrived(person)] };
        changes.extend(self.settle_everywhere(&user));
        changes
    }

    /// Somebody's last native socket closed.
    pub fn native_left(&mut self, user: &UserId) -> Vec<Change> {
        let Some(person) = self.natives.remove(user) else { return Vec::new() };
        let mut changes = self.settle_everywhere(user);
        let is_told = changes.iter().any(|change| matches!(change, Change::Departed(_)));
        if !is_told && !self.is_here(user) {
            changes.push(Change::Departed(person));
        }
        changes
    }

    /// People whose native sockets outlived the object's memory: nobody is told of them anew.
    pub fn natives_were(&mut self, people: impl IntoIterator<Item = Listener>) {
        self.natives.extend(people.into_iter().map(|person| (person.user.clone(), person)));
    }

    fn settle_everywhere(&mut self, user: &UserId) -> Vec<Change> {
        let channels: Vec<ChannelName> =
            self.channels.keys().filter(|channel| channel.is_presence()).cloned().collect();
        channels.iter().flat_map(|channel| self.settle(channel, user)).collect()
    }

    /// Whether the others were told rightly of somebody, and what to tell them if not.
    fn settle(&mut self, channel: &ChannelName, user: &UserId) -> Vec<Change> {
        let Some(listeners) = self.channels.get(channel) else { return Vec::new() };
        let is_told = listeners.announced.contains_key(user);
        let present = listeners.find(user).or_else(|| self.natives.get(user)).cloned();
        match present {
            Some(listener) if !is_told => {
                let was_here = self.is_here_by_announcement(user);
                if let Some(listeners) = self.channels.get_mut(channel) {
                    listeners.announced.insert(user.clone(), listener.clone());
                }
                let arrived = (!was_here).then(|| Change::Arrived(listener.clone()));
                arrived.into_iter().chain([Change::Came(channel.clone(), listener)]).collect()
            }
            None if is_told && !self.is_any_stale(channel) => self.unannounce(channel, user),
            _ => Vec::new(),
        }
    }

    fn unannounce(&mut self, channel: &ChannelName, user: &UserId) -> Vec<Change> {
        let Some(listener) = self.channels.get_mut(channel).and_then(|it| it.announced.remove(user)) else {
            return Vec::new();
        };
        let mut changes = vec![Change::Left(channel.clone(), listener.clone())];
        if !self.is_here_by_announcement(user) {
            changes.push(Change::Departed(listener));
        }
        changes
    }

    fn is_here_by_announcement(&self, user: &UserId) -> bool {
        self.natives.contains_key(user)
            || self.channels.values().any(|listeners| listeners.announced.contains_key(user))
    }

    /// Whether somebody is here: by a native socket, or as a member of a presence channel.
    pub fn is_here(&self, user: &UserId) -> bool {
        self.is_here_by_announcement(user)
    }

    /// Members of presence channels, each once.
    pub fn members(&self) -> Vec<&Listener> {
        let everybody = self.channels.values().flat_map(|listeners| listeners.announced.iter());
        everybody.collect::<BTreeMap<_, _>>().into_values().collect()
    }

    /// Gateways that listen to a channel.
    pub fn gateways_of(&self, channel: &ChannelName) -> Vec<GatewayName> {
        self.channels.get(channel).map(|it| it.gateways.keys().cloned().collect()).unwrap_or_default()
    }

    /// Gateways that listen to anything.
    pub fn gateways(&self) -> BTreeSet<GatewayName> {
        self.channels.values().flat_map(|listeners| listeners.gateways.keys().cloned()).collect()
    }

    /// Channels that have listeners.
    pub fn channels(&self) -> impl Iterator<Item = &ChannelName> {
        self.channels.keys()
    }

    /// Whether nobody listens to anything.
    pub fn is_silent(&self) -> bool {
        self.channels.is_empty()
    }

    /// Sockets that listen to a channel.
    pub fn subscription_count(&self, channel: &ChannelName) -> u64 {
        self.channels.get(channel).map_or(0, Listeners::sockets)
    }

    /// Members of a presence channel.
    pub fn members_of(&self, channel: &ChannelName) -> Vec<&Listener> {
        self.channels.get(channel).map(|it| it.announced.values().collect()).unwrap_or_default()
    }

    /// Who is there, as a member who comes is told: themself and up to `limit` others.
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
