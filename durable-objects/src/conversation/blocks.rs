//! Whether one person of a direct conversation has blocked the other: read from the record once, then cached.
//!
//! The function that changes a block tells the object before and after it writes the record. From the first call on,
//! for [`UNSETTLED_MS`], the object caches nothing and asks the record for each action, so the change also takes effect
//! if the second call is lost. With the second call an action that has asked earlier asks again: when that call returns,
//! the change holds.

use super::commands::By;
use super::{Object, log, refused};
use campana_core::chat::command::{Answer, Reply};
use campana_core::chat::policy::{Action, Place};
use campana_core::shared::json::read_stored;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use std::cell::Cell;

/// How long a change of a block may take from its announcement on, milliseconds. Longer than any request lives.
const UNSETTLED_MS: i64 = 60_000;
/// Key in `meta` of what is known.
const KEY: &str = "blocks";

/// What is known of the blocks.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
struct Known {
    /// Whether one has blocked the other; `None` if the record has to be asked.
    is_blocked: Option<bool>,
    /// Until then the record may be changing, and its answer is not cached.
    unsettled_until: Timestamp,
}

/// The cache, in memory and in `meta`.
#[derive(Default)]
pub(super) struct Blocks {
    known: Cell<Known>,
    /// A read of the record that began at another version is stale.
    version: Cell<u64>,
}

impl Object {
    /// Restores what is known after hibernation. Returns whether one has blocked the other.
    pub(super) fn restore_blocks(&self, meta: &[(String, String)]) -> bool {
        let known: Known = log::value(meta, KEY).and_then(|known| read_stored(known).ok()).unwrap_or_default();
        self.blocks.known.set(known);
        known.is_blocked == Some(true)
    }

    /// Asks the record about blocks, if this is a direct conversation and they are not known.
    pub(super) async fn learn_blocks(&self) -> Result<(), Problem> {
        loop {
            let is_direct = self.with(|loaded| Ok(loaded.rules.place() == Place::Direct))?;
            let known = self.blocks.known.get();
            if !is_direct || known.is_blocked.is_some() {
                return Ok(());
            }
            let version = self.blocks.version.get();
            let (store, tenant, conversation) = self.record()?;
            let is_blocked = store.is_dm_blocked(&tenant, &conversation).await.map_err(refused)?;
            if self.blocks.version.get() != version {
                continue;
            }
            self.with(|loaded| {
                loaded.rules.set_blocked(is_blocked);
                Ok(())
            })?;
            if self.context.now() >= known.unsettled_until {
                self.keep_blocks(Known { is_blocked: Some(is_blocked), ..known })?;
            }
            return Ok(());
        }
    }

    /// A block changes, or has changed. When this returns, what the record has now holds.
    pub(super) async fn blocks_changed(&self, by: By<'_>) -> Answer {
        self.authorize(by, Action::ViewConversation).await?;
        self.forget_blocks()?;
        self.learn_blocks().await?;
        Ok(Reply::Done)
    }

    /// Asks the record for each action again, for [`UNSETTLED_MS`].
    pub(super) fn forget_blocks(&self) -> Result<(), Problem> {
        let unsettled_until = self.context.now().plus_millis(UNSETTLED_MS);
        self.blocks.version.set(self.blocks.version.get().wrapping_add(1));
        self.keep_blocks(Known { is_blocked: None, unsettled_until })
    }

    fn keep_blocks(&self, known: Known) -> Result<(), Problem> {
        self.context.sql.keep_json(KEY, &known)?;
        self.blocks.known.set(known);
        Ok(())
    }
}
