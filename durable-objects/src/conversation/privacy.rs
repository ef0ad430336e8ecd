//! Privacy settings of connected users: whether others see their presence, and whether they send and get receipts.
//!
//! The settings are in the record. The object reads a user's presence setting when their first connection opens, and with each
//! renewal of presence. A function that changes it then calls the objects that hold a presence lease of the user. The object
//! stores the connected users who hide their presence. The receipts setting is not cached: each round of receipts reads it.

use super::commands::By;
use super::queries::hidden_people;
use super::{Object, refused};
use crate::presence::KeepsPresence;
use crate::sql::{Sql, text};
use crate::subscriptions;
use campana_core::chat::command::{Answer, Reply};
use campana_core::chat::privacy::ReceiptsSetting;
use campana_core::chat::wire::Person;
use campana_core::shared::ids::UserId;
use campana_core::shared::limits::MAX_MEMBERS_FOR_RECEIPTS;
use campana_core::shared::problem::Problem;
use campana_runtime::sql::{Tables, Value};
use campana_schema::objects::HIDDEN_PEOPLE;
use futures_util::future::{Either, select};
use futures_util::lock::Mutex;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::pin::pin;
use std::rc::Rc;

/// How long a connection that opens waits for the record, milliseconds.
const PATIENCE_MS: u32 = 1_000;
/// Users asked about in one query.
const BATCH: usize = 500;

/// People who are here and hide it.
pub(super) struct HiddenPeople {
    sql: Sql,
    tables: Tables,
    /// Read from the table when it is first needed.
    known: RefCell<Option<BTreeSet<UserId>>>,
    /// Users who come and are not asked about yet.
    waiting: RefCell<BTreeSet<UserId>>,
    /// Serializes the questions about users who come.
    asking: Mutex<()>,
}

impl HiddenPeople {
    pub(super) fn new(sql: Sql) -> Self {
        let (known, waiting, asking) = <_>::default();
        Self { tables: Tables::new(sql.clone(), &HIDDEN_PEOPLE), sql, known, waiting, asking }
    }

    /// Whether a user hides their presence.
    pub(super) fn has(&self, user: &UserId) -> bool {
        self.read(|known| known.contains(user))
    }

    /// Those who hide their presence.
    pub(super) fn all(&self) -> BTreeSet<UserId> {
        self.read(BTreeSet::clone)
    }

    fn read<T>(&self, read: impl FnOnce(&BTreeSet<UserId>) -> T) -> T {
        let mut known = self.known.borrow_mut();
        read(known.get_or_insert_with(|| {
            if !self.tables.exist() {
                return BTreeSet::new();
            }
            let id = |row: &crate::sql::Row| row.text(0).map(UserId::trusted);
            let start = [Value::Text(String::new())];
            // The database logs its failure; the record is asked again with the next renewal.
            self.sql.pages(hidden_people::PAGE, &start, &[0], id).unwrap_or_default().into_iter().collect()
        }))
    }

    /// Stores whether a user hides their presence.
    fn set(&self, user: &UserId, is_hidden: bool) -> Result<(), Problem> {
        if self.has(user) == is_hidden {
            return Ok(());
        }
        self.tables.make()?;
        let statement = if is_hidden { hidden_people::ADD } else { hidden_people::REMOVE };
        self.sql.run(statement, [text(user.as_str())])?;
        if let Some(known) = &mut *self.known.borrow_mut() {
            if is_hidden {
                known.insert(user.clone());
            } else {
                known.remove(user);
            }
        }
        Ok(())
    }
}

impl Object {
    /// Reads whether a user who comes hides their presence, unless they are here already. Users who come at the same time
    /// share a query. If the record does not answer, a user who comes is hidden.
    pub(super) async fn learn_visibility(&self, user: &UserId) -> Result<(), Problem> {
        if self.is_here(user) {
            return Ok(());
        }
        self.hidden.waiting.borrow_mut().insert(user.clone());
        let _one_at_a_time = self.hidden.asking.lock().await;
        let users: Vec<UserId> = {
            let mut waiting = self.hidden.waiting.borrow_mut();
            if !waiting.remove(user) {
                // Another one has asked for them too.
                return Ok(());
            }
            std::iter::once(user.clone()).chain((1..BATCH).map_while(|_| waiting.pop_first())).collect()
        };
        let hidden = self.hidden_among(&users).await?;
        // Some may have come by another connection in between.
        users
            .iter()
            .filter(|user| !self.is_here(user))
            .try_for_each(|user| self.hidden.set(user, hidden.as_ref().is_none_or(|hidden| hidden.contains(user))))
    }

    /// Those among these users who hide their presence; `None` if the record does not answer in time.
    async fn hidden_among(&self, users: &[UserId]) -> Result<Option<BTreeSet<UserId>>, Problem> {
        let (tenant, _) = self.place_of()?;
        let Ok(store) = self.context.record() else { return Ok(None) };
        let (asked, patience) = (pin!(store.hidden_among(&tenant, users)), pin!(self.context.sleep(PATIENCE_MS)));
        Ok(match select(asked, patience).await {
            Either::Left((hidden, _)) => hidden.map_err(refused).ok(),
            Either::Right(_) => None,
        })
    }

    /// A user has left by one connection. One who hid their presence and is not here any more is forgotten.
    pub(super) fn forget_hidden(self: &Rc<Self>, user: &UserId) {
        if !self.hidden.has(user) {
            return;
        }
        // Others have not seen them here, so no change of the roster ends their lease.
        self.presence_changed([user.clone()]);
        if !self.is_here(user) {
            // The database logs a failure, and the next visit of the user reads the setting again.
            let _forgotten = self.hidden.set(user, false);
        }
    }

    /// The caller has changed their settings.
    pub(super) async fn privacy_changed(self: &Rc<Self>, by: By<'_>) -> Answer {
        self.review_visibility(std::slice::from_ref(&by.principal.user_id)).await?;
        Ok(Reply::Done)
    }

    /// Reads from the record who of these users hides their presence, and announces what changed.
    pub(super) async fn review_visibility(self: &Rc<Self>, users: &[UserId]) -> Result<(), Problem> {
        for users in users.chunks(BATCH) {
            let (store, tenant, _) = self.record()?;
            let hidden = store.hidden_among(&tenant, users).await.map_err(refused)?;
            for user in users {
                self.set_visibility(user, hidden.contains(user))?;
            }
        }
        Ok(())
    }

    fn set_visibility(self: &Rc<Self>, user: &UserId, is_hidden: bool) -> Result<(), Problem> {
        if self.hidden.has(user) == is_hidden || !self.is_here(user) {
            return Ok(());
        }
        let Some(person) = self.person_here(user) else { return self.hidden.set(user, is_hidden) };
        let has_sockets = self.sessions.borrow().count_of(user) > 0;
        let is_in_roster = || self.subscriptions.with(|roster| roster.is_here(user));
        if is_hidden {
            if has_sockets {
                // The engine logs a failure, and the next resync corrects it.
                let _reported = subscriptions::native_left(self, user);
            }
            if is_in_roster() {
                // A member of a presence channel, where they stay.
                self.departed(&person);
            }
            return self.hidden.set(user, true);
        }
        self.hidden.set(user, false)?;
        let was_in_roster = is_in_roster();
        if has_sockets {
            self.native_joined(&person);
        }
        if was_in_roster {
            self.arrived(&person);
        }
        Ok(())
    }

    /// A user who is here, by a native connection or a presence channel.
    fn person_here(&self, user: &UserId) -> Option<Person> {
        let by_socket = self.sessions.borrow().of_user(user).first().map(|session| session.person());
        by_socket.or_else(|| self.member_here(user))
    }

    /// Members who keep receipts private. `None` if there are too many members for receipts, or the record does not
    /// answer: then nobody gets one.
    pub(super) async fn private_readers(&self) -> Option<BTreeSet<UserId>> {
        let (store, tenant, conversation) = self.record().ok()?;
        let most = u32::try_from(MAX_MEMBERS_FOR_RECEIPTS).unwrap_or(u32::MAX);
        let found = store.receipts_of_members(&tenant, &conversation, most.saturating_add(1)).await;
        let members = found.map_err(refused).ok()?;
        if members.len() > MAX_MEMBERS_FOR_RECEIPTS {
            return None;
        }
        let is_private = |(user, receipts)| (receipts == ReceiptsSetting::Private).then_some(user);
        Some(members.into_iter().filter_map(is_private).collect())
    }
}
