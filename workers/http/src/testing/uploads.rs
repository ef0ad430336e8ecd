//! The store of files as the objects of resumable uploads write to it.

use super::FilesInMemory;
use campana_core::shared::problem::Problem;
use campana_runtime::files::{FileParts, PartsOf};
use campana_runtime::testing::FilesInMemory as Parts;
use futures_util::future::LocalBoxFuture;
use std::rc::Rc;
use std::sync::Arc;

/// Keeps parts, and hands complete files over to the functions' store.
pub(super) struct SharedFiles {
    parts: Rc<Parts>,
    files: Arc<FilesInMemory>,
}

impl SharedFiles {
    pub(super) fn new(files: Arc<FilesInMemory>) -> Rc<Self> {
        Rc::new(Self { parts: Parts::new(), files })
    }

    fn hand_over<'a>(
        &self,
        key: String,
        stored: LocalBoxFuture<'a, Result<(), Problem>>,
    ) -> LocalBoxFuture<'a, Result<(), Problem>> {
        let (parts, files) = (Rc::clone(&self.parts), Arc::clone(&self.files));
        Box::pin(async move {
            stored.await?;
            if let Some(bytes) = parts.file(&key) {
                files.add(key, bytes);
            }
            Ok(())
        })
    }
}

impl FileParts for SharedFiles {
    fn begin(&self, key: String) -> LocalBoxFuture<'static, Result<PartsOf, Problem>> {
        self.parts.begin(key)
    }

    fn put_part(
        &self,
        parts: PartsOf,
        number: u32,
        bytes: Vec<u8>,
    ) -> LocalBoxFuture<'static, Result<String, Problem>> {
        self.parts.put_part(parts, number, bytes)
    }

    fn complete(&self, parts: PartsOf, tags: Vec<String>) -> LocalBoxFuture<'static, Result<(), Problem>> {
        self.hand_over(parts.key.clone(), self.parts.complete(parts, tags))
    }

    fn abandon(&self, parts: PartsOf) -> LocalBoxFuture<'static, Result<(), Problem>> {
        self.parts.abandon(parts)
    }

    fn put(&self, key: String, bytes: Vec<u8>) -> LocalBoxFuture<'static, Result<(), Problem>> {
        self.hand_over(key.clone(), self.parts.put(key, bytes))
    }

    fn read(&self, key: String) -> LocalBoxFuture<'static, Result<Option<Vec<u8>>, Problem>> {
        self.parts.read(key)
    }

    fn hash(&self, key: String) -> LocalBoxFuture<'static, Result<Option<(u64, String)>, Problem>> {
        self.parts.hash(key)
    }

    fn delete(&self, key: String) -> LocalBoxFuture<'static, Result<(), Problem>> {
        self.files.remove(&key);
        self.parts.delete(key)
    }
}
