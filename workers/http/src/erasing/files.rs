//! Files with their bytes, those that are being uploaded too.

use super::left_out_if_failed;
use crate::App;
use crate::file_store::folder;
use campana_core::chat::erasure::ErasureStage;
use campana_core::files::resumable::OfUpload;
use campana_core::shared::problem::{Kind, Problem};
use campana_storage::{Erasure, OwnFile, StorageError};

/// Files of a step; each costs requests to the store.
const LIMIT: u32 = 20;
/// Most keys of one file: itself, and its smaller forms.
const MAX_KEYS: u32 = 20;

/// Erases some files. They are taken in the record first, so that nobody sends or finishes one while its bytes are deleted.
pub(super) async fn step(app: &App, erasure: &mut Erasure) -> Result<(), StorageError> {
    let taken = app.store().take_own_files(erasure, LIMIT).await?;
    if taken.is_empty() {
        erasure.progress.enter(ErasureStage::Rows);
        return Ok(());
    }
    let deleted = delete(app, erasure, &taken).await;
    if left_out_if_failed(&mut erasure.progress, "files", deleted).is_none() {
        erasure.progress.enter(ErasureStage::Rows);
        return Ok(());
    }
    let ids: Vec<_> = taken.into_iter().map(|file| file.id).collect();
    let removed = app.store().remove_files(&ids).await?;
    erasure.progress.files = erasure.progress.files.saturating_add(removed);
    Ok(())
}

async fn delete(app: &App, erasure: &Erasure, taken: &[OwnFile]) -> Result<(), Problem> {
    let store = app.file_store()?;
    let mut keys = Vec::new();
    for file in taken {
        if file.is_unfinished {
            let (tenant, user) = (erasure.tenant.clone(), erasure.user_id.clone());
            match app.uploads().end(OfUpload { tenant, user, id: file.id.clone() }).await {
                // It is not resumable, or has ended.
                Err(problem) if problem.kind != Kind::NotFound => return Err(problem),
                Ok(_) | Err(_) => {}
            }
        }
        keys.extend(store.list(&folder(&erasure.tenant, &file.id), MAX_KEYS).await?);
    }
    if keys.is_empty() { Ok(()) } else { store.delete(&keys).await }
}
