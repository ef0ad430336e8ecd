//! Files of messages that a scan has decided: each message that shows one as `scanning` gets its status, as an event.
//!
//! The record says which messages they are, so the object flushes first and nothing is stored here. A request that breaks off is
//! repeated by the function, and a message that has the status already gets no further event.

use super::{Object, refused};
use crate::broadcast;
use crate::fan_out::Exclusion;
use crate::record::read_app;
use campana_core::files::scan::FileDecided;
use campana_core::pusher::link::Except;
use campana_core::shared::ids::MessageId;
use campana_core::shared::problem::{Kind, Problem};
use std::rc::Rc;

/// Messages that are read at once.
const PAGE: u32 = 50;
/// Pages of one request; the function repeats it for more.
const MAX_PAGES: u32 = 10;

impl Object {
    /// Gives the messages with a file its status. 503 if not all have it then.
    pub(super) async fn file_decided(self: &Rc<Self>, decided: &FileDecided) -> Result<(), Problem> {
        let FileDecided { tenant, conversation_id, file_id, .. } = decided;
        let store = self.context.record()?;
        if self.loaded.borrow().is_none() {
            let app = read_app(&store, tenant, "conversation.scanned").await;
            let app = app.ok_or_else(|| Problem::unavailable("the app is not known"))?;
            let loaded = self.load(tenant, conversation_id, &app.limits).await;
            if loaded.as_ref().is_err_and(|problem| problem.kind == Kind::NotFound) {
                // It is deleted.
                return Ok(());
            }
            loaded?;
        }
        if self.names()? != (tenant.clone(), conversation_id.clone()) {
            return Err(Problem::not_found());
        }
        for _ in 0..MAX_PAGES {
            if self.is_deleted() {
                return Ok(());
            }
            let head = self.with(|loaded| Ok(loaded.rules.head()))?;
            self.flush_until(|object| object.with(|loaded| Ok(loaded.flushed >= head))).await;
            if self.with(|loaded| Ok(loaded.flushed < head))? {
                return Err(Problem::unavailable("the record lacks messages"));
            }
            let ids = store.messages_of_scan(tenant, conversation_id, file_id, PAGE).await.map_err(refused)?;
            if ids.is_empty() {
                return Ok(());
            }
            for id in &ids {
                self.show_decided(id, decided).await?;
            }
        }
        Err(Problem::unavailable("there are more messages with the file"))
    }

    async fn show_decided(self: &Rc<Self>, id: &MessageId, decided: &FileDecided) -> Result<(), Problem> {
        let row = match self.message_row(id).await {
            Ok(row) => row,
            Err(problem) if problem.kind == Kind::NotFound => return Ok(()),
            Err(problem) => return Err(problem),
        };
        // Nothing is awaited after this: the message may have been edited or deleted since.
        let (row, now) = (self.log.current(id)?.unwrap_or(row), self.context.now());
        let entry = self.with(|loaded| Ok(loaded.rules.file_decided(row, &decided.file_id, decided.status, now)))?;
        let Some(entry) = entry.filter(|_| !self.is_deleted()) else { return Ok(()) };
        self.commit(&entry)?;
        broadcast::publish(self, &entry.text, Some(entry.seq), Exclusion::Nobody);
        self.tell_listeners(&entry.text, &Except::Nobody, None);
        self.flush_soon();
        Ok(())
    }
}
