//! Searches: candidates for one person.
//!
//! What a search costs does not grow with the number of the person's conversations. The index stores them by person, and reads
//! them again only if the record has another revision of them. Of a person with few conversations it looks for these in
//! the expression, as keys of messages; of others it walks through what fits, newest first, and looks each message's conversation
//! up. A request examines a bounded number of messages: a page may be short and have a next one.

use super::Object;
use super::feeding::first_number;
use super::filling::unread;
use super::queries::{conversations, marks, memberships, messages, people, texts};
use crate::sql::{Param, Row, int, json, text};
use campana_core::chat::search::{Find, Found, FoundMessage, MessageQuery, Place, Sort};
use campana_core::shared::ids::{ConversationId, MessageId};
use campana_core::shared::problem::Problem;
use std::rc::Rc;

/// A person with as many conversations is searched for by them.
const MAX_KEYS: i64 = 50;
/// Messages that are examined in a step, and steps of a request.
const EXAMINED: i64 = 20_000;
const MAX_STEPS: u32 = 5;
/// Messages that are examined for an order by rank, and of these the permitted ones that are ranked.
const EXAMINED_FOR_RANK: i64 = 100_000;
const RANKED: i64 = 10_000;
/// Words times messages through which the index may have to go in a step of several words.
const WIDTH: i64 = 4_000_000;
/// Messages per mark.
const PER_MARK: i64 = 4_096;
/// Conversations of a page of a person's memberships.
const MEMBERSHIPS_PAGE: u32 = 1_000;
/// How exactly the time of the last search is stored, milliseconds.
const USED_EVERY_MS: i64 = 60 * 60 * 1_000;
/// Above every number.
const ABOVE_ALL: i64 = (1 << 53) - 1;

/// An expression that no message fits.
const NOTHING: &str = "keys : \"none\"";

/// Where a person's messages are looked for.
enum Scope {
    /// In these conversations, by their numbers.
    Conversations(Vec<i64>),
    /// In all conversations of the person.
    All,
}

/// What is known of a person.
struct Known {
    person: i64,
    rev: i64,
    used_at: i64,
}

/// A hit: number, message, rank.
struct Hit {
    number: i64,
    id: MessageId,
    rank: i64,
}

/// What a step looks for.
struct Search<'a> {
    expression: String,
    person: i64,
    scope: Scope,
    find: &'a Find,
    lowest: i64,
    highest: i64,
}

impl Object {
    /// Finds messages for a person.
    pub(super) async fn find(self: &Rc<Self>, find: &Find) -> Result<Found, Problem> {
        self.begin(&find.tenant)?;
        let person = self.person(find).await?;
        let scope = self.scope(person, &find.query)?;
        let numbers = match &scope {
            Scope::Conversations(numbers) if numbers.is_empty() => return Ok(Found::default()),
            Scope::Conversations(numbers) => Some(numbers.as_slice()),
            Scope::All => None,
        };
        let expression = find.query.expression(numbers);
        let lowest = find.query.after.map_or(0, first_number);
        let highest = find.query.before.map_or(ABOVE_ALL, |before| first_number(before).saturating_sub(1));
        let search = Search { expression, person, scope, find, lowest, highest };
        match find.sort {
            Sort::New => self.newest(&search),
            Sort::Best => self.best(&search),
        }
    }

    fn newest(&self, search: &Search<'_>) -> Result<Found, Problem> {
        let limit = usize::try_from(search.find.limit).unwrap_or(usize::MAX);
        let mut highest =
            search.find.after.map_or(ABOVE_ALL, |place| place.number.saturating_sub(1)).min(search.highest);
        let mut hits: Vec<Hit> = Vec::new();
        for _ in 0..MAX_STEPS {
            let lowest = self.floor(highest, &search.find.query)?.max(search.lowest);
            let wanted = limit.saturating_sub(hits.len()).saturating_add(1);
            let found = self.step(search, lowest, highest, i64::try_from(wanted).unwrap_or(i64::MAX))?;
            let is_full = found.len() >= wanted;
            hits.extend(found);
            if is_full {
                hits.truncate(limit);
                let next = hits.last().map(|last| Place { rank: 0, number: last.number, newest: 0 });
                return Ok(Found { messages: shown(hits), next });
            }
            let last = match search.scope {
                // All that fits was read.
                Scope::Conversations(_) => None,
                Scope::All => self.last_examined(search, lowest, highest)?,
            };
            highest = match last {
                Some(last) => last.saturating_sub(1),
                None if lowest > search.lowest => lowest.saturating_sub(1),
                None => return Ok(Found { messages: shown(hits), next: None }),
            };
        }
        let next = Place { rank: 0, number: highest.saturating_add(1), newest: 0 };
        Ok(Found { messages: shown(hits), next: Some(next) })
    }

    fn step(&self, search: &Search<'_>, lowest: i64, highest: i64, wanted: i64) -> Result<Vec<Hit>, Problem> {
        let mut params = vec![text(&search.expression), int(lowest), int(highest), int(EXAMINED), int(wanted)];
        let statement = match search.scope {
            Scope::Conversations(_) => texts::NEWEST,
            Scope::All => {
                params.push(int(search.person));
                texts::NEWEST_OF_PERSON
            }
        };
        self.sql.list(statement, params, hit)
    }

    fn last_examined(&self, search: &Search<'_>, lowest: i64, highest: i64) -> Result<Option<i64>, Problem> {
        let params = vec![text(&search.expression), int(lowest), int(highest), int(EXAMINED)];
        self.sql.find(texts::LAST_EXAMINED, params, |row| row.int(0))
    }

    fn best(&self, search: &Search<'_>) -> Result<Found, Problem> {
        let limit = usize::try_from(search.find.limit).unwrap_or(usize::MAX);
        let newest = match search.find.after {
            Some(place) => place.newest,
            // What is sent while pages are read would move hits from one page to another.
            None => self.sql.find(messages::LAST_BETWEEN, [int(0), int(ABOVE_ALL)], |row| row.int(0))?.unwrap_or(0),
        };
        let highest = newest.min(search.highest);
        let lowest = self.floor(highest, &search.find.query)?.max(search.lowest);
        let in_order = search.find.query.in_order().unwrap_or_else(|| NOTHING.to_owned());
        let place = search.find.after.unwrap_or(Place { rank: 0, number: ABOVE_ALL, newest });
        let person = match search.scope {
            Scope::Conversations(_) => Param::Null,
            Scope::All => int(search.person),
        };
        let params = vec![
            text(&search.expression),
            int(lowest),
            int(highest),
            int(EXAMINED_FOR_RANK),
            int(RANKED),
            person,
            text(&in_order),
            int(place.rank),
            int(place.number),
            int(i64::from(search.find.limit).saturating_add(1)),
        ];
        let mut hits = self.sql.list(texts::BEST, params, hit)?;
        let has_more = hits.len() > limit;
        hits.truncate(limit);
        let next = hits.last().filter(|_| has_more);
        let next = next.map(|last| Place { rank: last.rank, number: last.number, newest });
        Ok(Found { messages: shown(hits), next })
    }

    /// The number down to which a step goes: with several words the index may have to read all messages of each.
    fn floor(&self, highest: i64, query: &MessageQuery) -> Result<i64, Problem> {
        let width = i64::try_from(query.width()).unwrap_or(i64::MAX);
        if width <= 1 {
            return Ok(0);
        }
        let marks_back = WIDTH.checked_div(width).unwrap_or(WIDTH).checked_div(PER_MARK).unwrap_or(0);
        Ok(self.sql.find(marks::BACK, [int(highest), int(marks_back)], |row| row.int(0))?.unwrap_or(0))
    }

    fn scope(&self, person: i64, query: &MessageQuery) -> Result<Scope, Problem> {
        if let Some(wanted) = &query.conversations {
            let numbers = self.sql.list(memberships::AMONG, vec![int(person), json(wanted)], |row| row.int(0))?;
            return Ok(Scope::Conversations(numbers));
        }
        let one_more = MAX_KEYS.saturating_add(1);
        let numbers = self.sql.list(memberships::LIST, [int(person), int(one_more)], |row| row.int(0))?;
        let are_few = numbers.len() <= usize::try_from(MAX_KEYS).unwrap_or(0);
        Ok(if are_few { Scope::Conversations(numbers) } else { Scope::All })
    }

    /// The person's number, with the memberships of the revision that the record has, or of a later one.
    async fn person(&self, find: &Find) -> Result<i64, Problem> {
        let now = self.context.now().millis();
        if let Some(known) = self.known(find)?
            && known.rev >= find.memberships_rev
        {
            if known.used_at < now.saturating_sub(USED_EVERY_MS) {
                self.sql.run(people::USED, [int(known.person), int(now)])?;
            }
            return Ok(known.person);
        }
        // Read after the revision: what changes in between has a later one, and is read again with that.
        let store = self.context.record()?;
        let mut ids: Vec<ConversationId> = Vec::new();
        loop {
            let page = store.membership_ids(&find.tenant, &find.user, ids.last(), MEMBERSHIPS_PAGE).await;
            let page = page.map_err(unread)?;
            let is_last = page.len() < usize::try_from(MEMBERSHIPS_PAGE).unwrap_or(usize::MAX);
            ids.extend(page);
            if is_last {
                break;
            }
        }
        self.sql.transaction(|| {
            if let Some(known) = self.known(find)?.filter(|known| known.rev >= find.memberships_rev) {
                return Ok(known.person);
            }
            let user = text(find.user.as_str());
            self.sql.run(people::SAVE, vec![user, int(find.memberships_rev), int(now)])?;
            let known = self.known(find)?.ok_or_else(|| Problem::internal("a person without a number"))?;
            self.sql.run(memberships::REMOVE_ALL, [int(known.person)])?;
            for page in ids.chunks(usize::try_from(MEMBERSHIPS_PAGE).unwrap_or(1)) {
                self.sql.run(conversations::ADD_ALL, [json(&page)])?;
                self.sql.run(memberships::ADD_ALL, [int(known.person), json(&page)])?;
            }
            Ok(known.person)
        })
    }

    fn known(&self, find: &Find) -> Result<Option<Known>, Problem> {
        let read = |row: &Row| Some(Known { person: row.int(0)?, rev: row.int(1)?, used_at: row.int(2)? });
        self.sql.find(people::FIND, [text(find.user.as_str())], read)
    }

    /// Removes what is known of a person. The caller holds the transaction.
    pub(super) fn forget_person(&self, person: i64) -> Result<(), Problem> {
        self.sql.run(memberships::REMOVE_ALL, [int(person)])?;
        self.sql.run(people::REMOVE, [int(person)])
    }
}

fn hit(row: &Row) -> Option<Hit> {
    Some(Hit { number: row.int(0)?, id: MessageId::trusted(row.string(1)?), rank: row.int(2).unwrap_or_default() })
}

fn shown(hits: Vec<Hit>) -> Vec<FoundMessage> {
    hits.into_iter().map(|hit| FoundMessage { id: hit.id }).collect()
}
