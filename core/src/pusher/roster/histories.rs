//! Property test: after every history, the announced members are exactly the present users.

use super::*;
use crate::pusher::link::Counted;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Step of a history of an object's channels.
#[derive(Debug, Clone)]
enum Step {
    Subscribe {
        gateway: u32,
        channel: usize,
        user: usize,
    },
    /// Index of a listening socket.
    Unsubscribe(usize),
    NativeCame(usize),
    NativeLeft(usize),
    /// A gateway lost its sockets and reports it.
    Lost(u32),
    /// The object lost its memory, and this many gateways lost their sockets. Gateways are resynced before their next
    /// calls; native sockets may open and close before that.
    LostMemory(u32),
}

const CHANNELS: [&str; 2] = ["presence-room.1", "private-news"];
const USERS: [&str; 3] = ["a", "b", "c"];

fn step() -> impl Strategy<Value = Step> {
    let user = 0..USERS.len();
    prop_oneof![
        6 => (0..3_u32, 0..CHANNELS.len(), user.clone())
            .prop_map(|(gateway, channel, user)| Step::Subscribe { gateway, channel, user }),
        4 => any::<usize>().prop_map(Step::Unsubscribe),
        2 => user.clone().prop_map(Step::NativeCame),
        2 => user.prop_map(Step::NativeLeft),
        1 => (0..3_u32).prop_map(Step::Lost),
        1 => (0..4_u32).prop_map(Step::LostMemory),
    ]
}

/// Actual sockets, and the state announced by changes.
#[derive(Default)]
struct World {
    sockets: Vec<(GatewayName, ChannelName, UserId)>,
    natives: BTreeSet<UserId>,
    joined: BTreeMap<ChannelName, BTreeSet<UserId>>,
    occupied: BTreeSet<ChannelName>,
    here: BTreeSet<UserId>,
    stored: BTreeSet<(ChannelName, GatewayName)>,
    announced: BTreeMap<(ChannelName, UserId), Listener>,
}

fn listener(user: &UserId) -> Listener {
    Listener { user: user.clone(), is_number: false, info: None, expires_at_ms: None }
}

fn gateway(number: u32) -> GatewayName {
    GatewayName::new("eu", number)
}

impl World {
    /// Applies changes. No user joins twice, and no user leaves without having joined.
    fn apply(&mut self, changes: Vec<RosterChange>) {
        for change in changes {
            match change {
                RosterChange::Occupied(channel) => assert!(self.occupied.insert(channel), "occupied twice"),
                RosterChange::Vacated(channel) => {
                    assert!(self.joined.remove(&channel).is_none_or(|it| it.is_empty()), "vacated with members");
                    assert!(self.occupied.remove(&channel), "vacated twice");
                }
                RosterChange::Came(channel, who) => {
                    assert!(self.joined.entry(channel.clone()).or_default().insert(who.user.clone()), "came twice");
                    self.announced.insert((channel, who.user.clone()), who);
                }
                RosterChange::Left(channel, who) => {
                    assert!(self.joined.entry(channel.clone()).or_default().remove(&who.user), "left twice");
                    self.announced.remove(&(channel, who.user));
                }
                RosterChange::Arrived(who) => assert!(self.here.insert(who.user), "arrived twice"),
                RosterChange::Departed(who) => assert!(self.here.remove(&who.user), "departed twice"),
                RosterChange::Opened(channel, gateway) => {
                    assert!(self.stored.insert((channel, gateway)), "opened twice");
                }
                RosterChange::Closed(channel, gateway) => {
                    assert!(self.stored.remove(&(channel, gateway)), "closed twice");
                }
                RosterChange::Counted(..) => {}
            }
        }
    }

    fn counts(&self, gateway: &GatewayName) -> ListenerCounts {
        let mut counts: BTreeMap<&ChannelName, Counted> = BTreeMap::new();
        for (_, channel, user) in self.sockets.iter().filter(|(at, ..)| at == gateway) {
            let new = || Counted { channel: channel.clone(), sockets: 0, people: Vec::new() };
            let counted = counts.entry(channel).or_insert_with(new);
            counted.sockets += 1;
            match counted.people.iter_mut().find(|(one, _)| one.user == *user) {
                Some((_, count)) => *count += 1,
                None if channel.is_presence() => counted.people.push((listener(user), 1)),
                None => {}
            }
        }
        counts.into_values().collect()
    }

    fn check(&self, roster: &Roster) {
        for name in CHANNELS {
            let channel = ChannelName::trusted(name);
            let here: Vec<&UserId> =
                self.sockets.iter().filter(|(_, at, _)| *at == channel).map(|(_, _, user)| user).collect();
            assert_eq!(roster.subscription_count(&channel), here.len() as u64, "{name}");
            assert_eq!(self.occupied.contains(&channel), !here.is_empty(), "{name}");
            let mut members: BTreeSet<UserId> = BTreeSet::new();
            if channel.is_presence() && !here.is_empty() {
                members.extend(here.into_iter().cloned().chain(self.natives.iter().cloned()));
            }
            let joined = self.joined.get(&channel).cloned().unwrap_or_default();
            assert_eq!(joined, members, "{name}");
        }
        let in_presence = |(_, channel, _): &&(GatewayName, ChannelName, UserId)| channel.is_presence();
        let mut here = self.natives.clone();
        here.extend(self.sockets.iter().filter(in_presence).map(|(_, _, user)| user.clone()));
        assert_eq!(self.here, here);
        let stored: BTreeSet<_> = self.sockets.iter().map(|(at, channel, _)| (channel.clone(), at.clone())).collect();
        assert_eq!(self.stored, stored);
    }
}

/// Resyncs all gateways that need it.
fn resync_stale(world: &mut World, roster: &mut Roster) {
    for at in roster.stale() {
        let counts = world.counts(&at);
        world.apply(roster.resync(&at, counts));
    }
}

fn play(steps: Vec<Step>) {
    let (mut world, mut roster) = (World::default(), Roster::default());
    for step in steps {
        if matches!(step, Step::Subscribe { .. } | Step::Unsubscribe(_) | Step::Lost(_)) {
            resync_stale(&mut world, &mut roster);
            world.check(&roster);
        }
        match step {
            Step::Subscribe { gateway: at, channel, user } => {
                let (at, channel) = (gateway(at), ChannelName::trusted(CHANNELS[channel]));
                let user = UserId::trusted(USERS[user]);
                let changes = roster.subscribe(&at, &channel, Some(&listener(&user)), 100).expect("there is room");
                world.sockets.push((at, channel, user));
                world.apply(changes);
            }
            Step::Unsubscribe(which) if !world.sockets.is_empty() => {
                let (at, channel, user) = world.sockets.swap_remove(which % world.sockets.len());
                world.apply(roster.unsubscribe(&at, &channel, Some(&user)));
            }
            Step::NativeCame(user) if world.natives.insert(UserId::trusted(USERS[user])) => {
                world.apply(roster.native_joined(listener(&UserId::trusted(USERS[user]))));
            }
            Step::NativeLeft(user) if world.natives.remove(&UserId::trusted(USERS[user])) => {
                world.apply(roster.native_left(&UserId::trusted(USERS[user])));
            }
            Step::Lost(number) => {
                world.sockets.retain(|(at, ..)| *at != gateway(number));
                world.apply(roster.resync(&gateway(number), Vec::new()));
            }
            Step::LostMemory(lost) => {
                world.sockets.retain(|(at, ..)| (lost..3).any(|number| *at == gateway(number)));
                let announced = world.announced.iter().map(|((channel, _), who)| (channel.clone(), who.clone()));
                roster = Roster::reopen(world.stored.iter().cloned(), announced);
                roster.natives_were(world.natives.iter().map(listener));
            }
            Step::Unsubscribe(_) | Step::NativeCame(_) | Step::NativeLeft(_) => {}
        }
        if roster.stale().is_empty() {
            world.check(&roster);
        }
    }
    resync_stale(&mut world, &mut roster);
    world.check(&roster);
}

proptest! {
    #[test]
    fn announced_members_are_exactly_the_present_users(steps in prop::collection::vec(step(), 1..60)) {
        play(steps);
    }
}
