//! The objects' side: whether there is room for a connection, when to report, and which connections to close again.
//!
//! **How far an app can be over its maximum.** A connection is confirmed when a report that counts it is answered with
//! a total within the maximum. The registry takes one report after the other, so confirmed connections never exceed
//! the maximum. Above it are only connections that are not confirmed yet: those that opened in an object since its last
//! answered report, as many as that object alone may hold at most, and for no longer than [`REPORT_EVERY_MS`] and the
//! call. The answer says how many are too many, and the newest unconfirmed ones are closed.

use super::{Answer, Exceeded, Kind, People, Quota, Report};
use crate::shared::backoff::doubled;
use crate::shared::ids::UserId;
use crate::shared::timestamp::Timestamp;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Shortest time between two reports of an app with a quota, milliseconds.
const REPORT_EVERY_MS: i64 = 1_000;
/// The same of an app without one.
const REPORT_EVERY_WITHOUT_QUOTA_MS: i64 = 2_000;
/// How long the totals of an answer are good enough to refuse somebody, milliseconds. Longer than between two reports,
/// so an object that is busy always knows them; when they are older, the next connection is let in and reported.
const FRESH_MS: u64 = 2_000;
/// A lease is renewed after so long, milliseconds: early enough that its fifteen minutes do not run out when the object
/// is only woken every ten.
const RENEW_MS: u64 = 4 * 60_000;
/// Shortest time between two reports when the registry has not answered: doubled with every failure, up to the longest.
const FIRST_BACKOFF_MS: i64 = 5_000;
const MAX_BACKOFF_MS: i64 = 300_000;

/// How an object stands when it writes a report.
#[derive(Debug, Clone, Copy)]
pub struct Here<'a> {
    /// Its name.
    pub source: &'a str,
    /// What it is.
    pub kind: Kind,
    /// Open connections.
    pub connections: u32,
    /// People behind them.
    pub people: u32,
    /// Messages ever sent here.
    pub sent: i64,
    /// Of them, those that the registry has counted.
    pub sent_counted: i64,
    /// What the app allows.
    pub quota: Quota,
}

/// When to write a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// There is nothing to report, or it is being reported.
    No,
    /// Now.
    Now,
    /// Then, unless something else comes before.
    At(Timestamp),
}

/// The connections of an object: their numbers, which rise, and whose they are. A connection of several people is there
/// once for each.
pub type Connections = Vec<(u32, Option<UserId>)>;

/// What an object knows of the quota and has reported. Only in memory: an object that wakes without it takes its
/// connections for confirmed and reports all of them anew.
#[derive(Debug)]
pub struct Reporter {
    turn: i64,
    has_news: bool,
    /// People whose number of connections may have changed.
    changed: BTreeSet<UserId>,
    /// Whether the next report names everybody.
    names_everybody: bool,
    is_reporting: bool,
    failures: u32,
    answered_at: Option<Timestamp>,
    /// Connections that are not confirmed yet.
    unconfirmed: BTreeSet<u32>,
    /// Of them, those up to here are in the report that is under way.
    reported_up_to: u32,
    /// Connections of the app in other objects.
    elsewhere: Option<u64>,
    /// Connections of people in other objects, and when that was so; those that are not fresh any more are forgotten.
    people_elsewhere: HashMap<UserId, (u64, Timestamp)>,
}

impl Default for Reporter {
    fn default() -> Self {
        Self {
            turn: 0,
            // What was reported before, if anything, is forgotten.
            has_news: true,
            changed: BTreeSet::new(),
            names_everybody: true,
            is_reporting: false,
            failures: 0,
            answered_at: None,
            unconfirmed: BTreeSet::new(),
            reported_up_to: 0,
            elsewhere: None,
            people_elsewhere: HashMap::new(),
        }
    }
}

impl Reporter {
    /// Whether there is room for another connection: `open` are those that the object has, `theirs` those of them that
    /// are of the person, if it is known who that is. If so, [`Reporter::opened`] follows in the same turn.
    pub fn admit(
        &self,
        open: u32,
        theirs: Option<(&UserId, u32)>,
        quota: Quota,
        now: Timestamp,
    ) -> Result<(), Exceeded> {
        let is_fresh = |at: Timestamp| at <= now && now.since(at) < FRESH_MS;
        if let (Some(most), Some((user, count))) = (quota.person, theirs) {
            let known = self.people_elsewhere.get(user).filter(|(_, at)| is_fresh(*at));
            let elsewhere = known.map_or(0, |(count, _)| *count);
            if elsewhere.saturating_add(count.into()) >= most.into() {
                return Err(Exceeded::Person);
            }
        }
        if let Some(most) = quota.app {
            let elsewhere = self.elsewhere.filter(|_| self.answered_at.is_some_and(is_fresh)).unwrap_or(0);
            if elsewhere.saturating_add(open.into()) >= most.into() {
                return Err(Exceeded::App);
            }
        }
        Ok(())
    }

    /// A connection opened. Its number is higher than that of any before.
    pub fn opened(&mut self, connection: u32, user: Option<&UserId>, quota: Quota) {
        if quota.any() {
            self.unconfirmed.insert(connection);
        }
        self.changed(user);
    }

    /// A connection closed, or it became known whose it is.
    pub fn changed(&mut self, user: Option<&UserId>) {
        self.has_news = true;
        if let Some(user) = user.filter(|_| !self.names_everybody) {
            self.changed.insert(user.clone());
        }
    }

    /// When to write a report.
    pub fn due(&self, here: &Here<'_>, now: Timestamp) -> Due {
        if self.is_reporting {
            return Due::No;
        }
        let Some(answered_at) = self.answered_at else { return Due::Now };
        let is_old = here.connections > 0 && now.since(answered_at) >= RENEW_MS;
        if !(self.has_news || here.sent > here.sent_counted || is_old) {
            return Due::No;
        }
        let pause = match self.failures {
            0 if here.quota.any() => REPORT_EVERY_MS,
            0 => REPORT_EVERY_WITHOUT_QUOTA_MS,
            failures => doubled(FIRST_BACKOFF_MS, MAX_BACKOFF_MS, failures.saturating_sub(1)),
        };
        let at = answered_at.plus_millis(pause);
        // A clock that stepped back does not silence the object.
        if at <= now || answered_at > now { Due::Now } else { Due::At(at) }
    }

    /// Writes a report, unless one is under way. [`Reporter::answered`] or [`Reporter::failed`] has to follow.
    pub fn write(
        &mut self,
        here: &Here<'_>,
        now: Timestamp,
        connections: impl FnOnce() -> Connections,
    ) -> Option<Report> {
        if self.is_reporting {
            return None;
        }
        self.is_reporting = true;
        self.has_news = false;
        self.turn = now.millis().max(self.turn.saturating_add(1));
        self.reported_up_to = self.unconfirmed.last().copied().unwrap_or(0);
        Some(Report {
            source: here.source.to_owned(),
            kind: here.kind,
            turn: self.turn,
            connections: here.connections,
            people: here.people,
            sent: here.sent,
            sent_counted: here.sent_counted,
            holders: self.holders(connections),
            quota: here.quota,
            allowance: 0,
            wants: Vec::new(),
        })
    }

    fn holders(&mut self, connections: impl FnOnce() -> Connections) -> People {
        let changed = std::mem::take(&mut self.changed);
        if std::mem::replace(&mut self.names_everybody, false) {
            return People::Everybody(by_person(&connections()).into_iter().collect());
        }
        let counts = if changed.is_empty() { BTreeMap::new() } else { by_person(&connections()) };
        let count = |user: UserId| {
            let count = counts.get(&user).copied().unwrap_or(0);
            (user, count)
        };
        People::Changed(changed.into_iter().map(count).collect())
    }

    /// The registry has answered. The connections to close, since they are too many.
    pub fn answered(
        &mut self,
        report: &Report,
        answer: &Answer,
        connections: impl FnOnce() -> Connections,
        now: Timestamp,
    ) -> Vec<(u32, Exceeded)> {
        self.is_reporting = false;
        self.answered_at = Some(now);
        self.failures = 0;
        if answer.turn != report.turn {
            // The registry has a newer one, of a clock that was ahead, or none at all: the next is newer, and whole.
            self.turn = self.turn.max(answer.turn);
            self.start_over();
            return Vec::new();
        }
        // The registry may forget who has no connection.
        self.names_everybody |= report.connections == 0;
        self.elsewhere = answer.connections.map(|total| total.saturating_sub(report.connections.into()));
        self.people_elsewhere.retain(|_, (_, at)| *at <= now && now.since(*at) < FRESH_MS);
        let reported: BTreeMap<&UserId, u32> =
            report.holders.named().iter().map(|(user, count)| (user, *count)).collect();
        for (user, total) in &answer.people {
            let here = reported.get(user).copied().unwrap_or(0);
            self.people_elsewhere.insert(user.clone(), (total.saturating_sub(here.into()), now));
        }
        let mut too_many = Vec::new();
        if !self.unconfirmed.is_empty() {
            too_many = self.too_many(report.quota, &connections());
        }
        self.confirm();
        too_many
    }

    /// The registry has not answered: a fault of ours keeps nobody out.
    pub fn failed(&mut self, now: Timestamp) {
        self.is_reporting = false;
        self.answered_at = Some(now);
        self.failures = self.failures.saturating_add(1);
        self.elsewhere = None;
        self.people_elsewhere.clear();
        self.start_over();
        self.confirm();
    }

    fn start_over(&mut self) {
        self.has_news = true;
        self.names_everybody = true;
        self.changed.clear();
    }

    /// What is not confirmed and above a maximum, by what is here now and the totals that were just learned.
    fn too_many(&self, quota: Quota, connections: &Connections) -> Vec<(u32, Exceeded)> {
        let over = |here: usize, elsewhere: u64, most: Option<u32>| {
            let here = u64::try_from(here).unwrap_or(u64::MAX);
            let over = most.map_or(0, |most| here.saturating_add(elsewhere).saturating_sub(most.into()));
            usize::try_from(over).unwrap_or(usize::MAX)
        };
        let mut open = BTreeSet::new();
        let mut by_person: BTreeMap<&UserId, BTreeSet<u32>> = BTreeMap::new();
        for (id, user) in connections {
            open.insert(*id);
            if let Some(user) = user.as_ref().filter(|user| self.people_elsewhere.contains_key(*user)) {
                by_person.entry(user).or_default().insert(*id);
            }
        }
        let mut closing: BTreeMap<u32, Exceeded> = BTreeMap::new();
        for (user, theirs) in by_person {
            let elsewhere = self.people_elsewhere.get(user).map_or(0, |(count, _)| *count);
            let newest = theirs.iter().rev().filter(|id| self.unconfirmed.contains(id));
            let too_many = newest.take(over(theirs.len(), elsewhere, quota.person));
            closing.extend(too_many.map(|id| (*id, Exceeded::Person)));
        }
        let staying: BTreeSet<u32> = open.into_iter().filter(|id| !closing.contains_key(id)).collect();
        let newest = staying.iter().rev().filter(|id| self.unconfirmed.contains(id));
        let too_many = newest.take(over(staying.len(), self.elsewhere.unwrap_or(0), quota.app));
        closing.extend(too_many.map(|id| (*id, Exceeded::App)));
        closing.into_iter().collect()
    }

    /// What was reported is not looked at again.
    fn confirm(&mut self) {
        self.unconfirmed = self.unconfirmed.split_off(&self.reported_up_to.saturating_add(1));
    }
}

fn by_person(connections: &Connections) -> BTreeMap<UserId, u32> {
    let mut counts: BTreeMap<UserId, u32> = BTreeMap::new();
    for user in connections.iter().filter_map(|(_, user)| user.as_ref()) {
        let count = counts.entry(user.clone()).or_default();
        *count = count.saturating_add(1);
    }
    counts
}
