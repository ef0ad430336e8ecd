//! The objects' side of the quota: admission of connections, schedule of reports, and choice of connections to close.
//!
//! **Bound on the excess over a maximum.** A connection is confirmed once a report that counts it is answered and the
//! connection is not closed for it. The registry processes reports one at a time, so confirmed connections never exceed
//! the maximum. Only unconfirmed ones can: those that opened in an object since its last answered report. Each object
//! has at most the maximum of them, for at most [`REPORT_EVERY_MS`] plus the call. The answer shows the excess, and the
//! object closes its newest unconfirmed connections.

use super::{Answer, Exceeded, Kind, People, Quota, Report};
use crate::shared::backoff::doubled;
use crate::shared::ids::UserId;
use crate::shared::timestamp::Timestamp;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Shortest interval between reports of an app with a quota, milliseconds.
const REPORT_EVERY_MS: i64 = 1_000;
/// Shortest interval between reports of an app without a quota, milliseconds.
const REPORT_EVERY_WITHOUT_QUOTA_MS: i64 = 2_000;
/// Shortest interval between reports of nothing but messages, milliseconds: they count for statistics only.
const REPORT_MESSAGES_EVERY_MS: i64 = 10_000;
/// TTL of an answer's totals, milliseconds. Longer than the report interval, so a busy object always has fresh totals.
/// Once they expire, the object admits the next connection by its own count and reports it.
const FRESH_MS: u64 = 2_000;
/// Age after which a lease is renewed, milliseconds: early enough for its 15-minute TTL if the object wakes only every
/// 10 minutes.
const RENEW_MS: u64 = 4 * 60_000;
/// Back-off after the registry did not answer, milliseconds; doubles with each failure up to [`MAX_BACKOFF_MS`].
const FIRST_BACKOFF_MS: i64 = 5_000;
const MAX_BACKOFF_MS: i64 = 300_000;

/// State of an object for a report.
#[derive(Debug, Clone, Copy)]
pub struct Here<'a> {
    /// Name of the object.
    pub source: &'a str,
    /// Kind of the object.
    pub kind: Kind,
    /// Open connections.
    pub connections: u32,
    /// Users with a connection.
    pub people: u32,
    /// Messages ever sent here.
    pub sent: i64,
    /// Of them, messages that the registry has counted.
    pub sent_counted: i64,
    /// The app's quota.
    pub quota: Quota,
}

/// When the next report is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// Nothing to report, or a report is in flight.
    No,
    /// Immediately.
    Now,
    /// At this time.
    At(Timestamp),
}

/// Connections of an object: numbers in the order of opening, with the user. A connection of several users is listed
/// once per user.
pub type Connections = Vec<(u32, Option<UserId>)>;

/// Reporting state of an object. In memory only: an object that wakes without it treats its connections as confirmed
/// and reports all of them again.
#[derive(Debug)]
pub struct Reporter {
    turn: i64,
    has_news: bool,
    /// Users whose number of connections may have changed.
    changed: BTreeSet<UserId>,
    /// Whether the next report lists all users.
    names_everybody: bool,
    is_reporting: bool,
    failures: u32,
    answered_at: Option<Timestamp>,
    /// Numbers of the unconfirmed connections.
    unconfirmed: BTreeSet<u32>,
    /// Highest unconfirmed connection that the report in flight counts.
    reported_up_to: u32,
    /// The app's connections in other objects, by the last answer.
    elsewhere: Option<u64>,
    /// Users' connections in other objects, with the time of the answer; evicted after [`FRESH_MS`].
    people_elsewhere: HashMap<UserId, (u64, Timestamp)>,
}

impl Default for Reporter {
    fn default() -> Self {
        Self {
            turn: 0,
            // Reports before the object woke are unknown, so the first report lists everything.
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
    /// Checks the quota for another connection. `open` is the object's number of connections; `theirs` is the user's
    /// share of them, if the user is known. After `Ok` the caller calls [`Reporter::opened`] in the same turn.
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

    /// Records a new connection. Its number must exceed all earlier ones.
    pub fn opened(&mut self, connection: u32, user: Option<&UserId>, quota: Quota) {
        if quota.any() {
            self.unconfirmed.insert(connection);
        }
        self.changed(user);
    }

    /// Records that a connection closed or its user became known.
    pub fn changed(&mut self, user: Option<&UserId>) {
        self.has_news = true;
        if let Some(user) = user.filter(|_| !self.names_everybody) {
            self.changed.insert(user.clone());
        }
    }

    /// When the next report is due.
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
            0 if !self.has_news && !is_old => REPORT_MESSAGES_EVERY_MS,
            0 if here.quota.any() => REPORT_EVERY_MS,
            0 => REPORT_EVERY_WITHOUT_QUOTA_MS,
            failures => doubled(FIRST_BACKOFF_MS, MAX_BACKOFF_MS, failures.saturating_sub(1)),
        };
        let at = answered_at.plus_millis(pause);
        // If the clock stepped back, do not wait until it catches up.
        if at <= now || answered_at > now { Due::Now } else { Due::At(at) }
    }

    /// Creates a report, or `None` if one is in flight. The caller must then call [`Reporter::answered`] or
    /// [`Reporter::failed`].
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

    /// Processes the registry's answer. Returns the connections to close because they exceed a maximum.
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
            // The registry has a newer turn (from a clock that was ahead) or lost the lease: report all users with a
            // newer turn.
            self.turn = self.turn.max(answer.turn);
            self.start_over();
            return Vec::new();
        }
        // The registry may drop a lease without connections, so the next report must list all users.
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

    /// Records that the registry did not answer. Fails open: drops the totals and confirms the reported connections.
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

    /// Newest unconfirmed connections above a maximum, by the object's present connections and the answer's totals.
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

    /// Marks all reported connections as confirmed.
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
