//! The `Search` object: a tenant's index of messages.
//!
//! Conversations feed it with what they have flushed to the record; it reads older messages from the record by itself
//! ([`filling`]). A search asks for candidates of one person ([`finding`]). The index knows what people are members of by
//! the revision of their memberships in the record, which comes with each search. It is never the last word: the caller reads the
//! candidates from the record, which has every removal and deletion before their calls return.
//!
//! **Atomicity.** A call's messages are one transaction. What is fed is idempotent: an older state of a message never
//! replaces a newer one, and a deleted message does not return.
//!
//! **What survives hibernation.** All of it, in SQLite. The alarm continues what is to be read from the record, and once a day
//! removes what the app does not keep.

mod feeding;
mod filling;
mod finding;
mod queries;
#[cfg(test)]
mod tests;

#[cfg(test)]
pub(crate) use queries::FILES;

use crate::sql::Sql;
use campana_core::chat::search::{Erase, FeedMessages, Find, OneConversation, Rebuild};
use campana_core::shared::ids::TenantId;
use campana_core::shared::problem::Problem;
use campana_runtime::instance::{Instance, answer, read_request};
use campana_runtime::ports::Answer;
use campana_runtime::retry::{Backoff, Retry};
use campana_runtime::single_flight::SingleFlight;
use campana_runtime::sql::Tables;
use campana_runtime::{Context, Hosted};
use campana_schema::objects::SEARCH;
use std::rc::Rc;

/// Key in `meta`: the tenant.
const TENANT: &str = "tenant";
/// Delay between two attempts while the record is unavailable.
const BACKOFF: Backoff = Backoff { first_ms: 1_000, longest_ms: 60_000 };

/// A tenant's index. Requests: `/feed` with [`FeedMessages`], `/fill` and `/forget` with [`OneConversation`], `/erase` with
/// [`Erase`], `/rebuild` with [`Rebuild`], `/find` with [`Find`].
pub(crate) struct Object {
    sql: Sql,
    context: Context,
    tables: Tables,
    flight: SingleFlight,
    retry: Retry,
}

impl Hosted for Object {
    fn context(&self) -> &Context {
        &self.context
    }
}

impl Instance for Object {
    fn start(context: Context) -> Rc<Self> {
        let sql = context.sql.clone();
        Rc::new(Self {
            tables: Tables::new(sql.clone(), &SEARCH),
            flight: SingleFlight::default(),
            retry: Retry::new(BACKOFF),
            sql,
            context,
        })
    }

    async fn request(self: &Rc<Self>, path: &str, body: &str) -> Answer {
        match path {
            "/feed" => Answer::done(read_request::<FeedMessages>(body).and_then(|feed| self.feed(&feed))),
            "/fill" => Answer::done(read_request::<OneConversation>(body).and_then(|one| self.take_fill(&one))),
            "/forget" => match read_request::<OneConversation>(body) {
                Ok(one) => Answer::done(self.forget(&one).await),
                Err(problem) => Answer::problem(&problem),
            },
            "/erase" => match read_request::<Erase>(body) {
                Ok(erase) => Answer::done(self.erase(&erase).await),
                Err(problem) => Answer::problem(&problem),
            },
            "/rebuild" => answer(body, async |rebuild: Rebuild| self.rebuild(&rebuild)).await,
            "/find" => answer(body, async |find: Find| self.find(&find).await).await,
            _ => Answer::problem(&Problem::not_found()),
        }
    }

    async fn alarm(self: &Rc<Self>) {
        self.context.alarm().fired();
        if self.tables.exist() {
            self.arm();
            self.work();
        }
    }
}

impl Object {
    /// Creates the tables, and notes whose index this is.
    fn begin(self: &Rc<Self>, tenant: &TenantId) -> Result<(), Problem> {
        self.tables.make()?;
        if self.sql.recall(TENANT)?.is_none() {
            self.sql.keep(TENANT, tenant.as_str())?;
            self.arm();
        }
        Ok(())
    }
}
