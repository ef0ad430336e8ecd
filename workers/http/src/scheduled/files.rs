//! Deletion of files that no message has: those that were never sent, and those whose last message was deleted or purged.
//!
//! They are taken in the record first, so that nobody sends one while its bytes are deleted, and removed from it last, so that a run
//! that breaks off is continued.

use super::job::{Failure, Job, Step};
use crate::App;
use crate::file_store::folder;
use crate::ports::BoxFuture;
use campana_core::files::UNUSED_KEPT_MS;
use campana_core::shared::problem::Problem;
use campana_storage::StorageError;

/// Files of a step; each costs a request to the store.
const LIMIT: u32 = 20;
/// Most keys of one file: itself, and its smaller forms.
const MAX_KEYS: u32 = 20;

pub(super) struct UnusedFiles;

impl Job for UnusedFiles {
    fn step<'a>(&'a mut self, app: &'a App) -> BoxFuture<'a, Result<Step, Failure>> {
        Box::pin(async move {
            // Without a store nobody uploads.
            let Ok(store) = app.file_store() else { return Ok(Step { purged: 0, more: false }) };
            let before = app.now().plus_millis(UNUSED_KEPT_MS.saturating_neg());
            let taken = app.store().take_unused_files(before, LIMIT).await?;
            if taken.is_empty() {
                return Ok(Step { purged: 0, more: false });
            }
            let mut keys = Vec::new();
            for file in &taken {
                keys.extend(store.list(&folder(&file.tenant, &file.id), MAX_KEYS).await.map_err(of_store)?);
            }
            if !keys.is_empty() {
                store.delete(&keys).await.map_err(of_store)?;
            }
            let ids: Vec<_> = taken.into_iter().map(|file| file.id).collect();
            Ok(Step::of(app.store().remove_files(&ids).await?, LIMIT))
        })
    }
}

fn of_store(problem: Problem) -> StorageError {
    StorageError::Unavailable(problem.detail)
}
