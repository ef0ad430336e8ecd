//! Files in memory.

use crate::file_store::{ByteStream, FilePart, FileStore, Stored};
use crate::ports::BoxFuture;
use axum::body::Body;
use axum::response::Response;
use campana_core::shared::hex::hex;
use campana_core::shared::problem::Problem;
use futures_util::StreamExt;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// Keeps files by their keys, and fails when told to.
#[derive(Default)]
pub(crate) struct FilesInMemory {
    files: Mutex<BTreeMap<String, Vec<u8>>>,
    silent: AtomicBool,
    /// Part of the keys that are not stored.
    refused: Mutex<Option<&'static str>>,
}

impl FilesInMemory {
    /// Sets whether the store fails.
    pub(crate) fn set_silent(&self, silent: bool) {
        self.silent.store(silent, Ordering::Relaxed);
    }

    /// Stores no file whose key has this part.
    pub(crate) fn refuse_keys_with(&self, part: &'static str) {
        *self.refused.lock().expect("the lock is not poisoned") = Some(part);
    }

    /// Bytes of a file.
    pub(crate) fn bytes(&self, key: &str) -> Option<Vec<u8>> {
        self.files.lock().expect("the lock is not poisoned").get(key).cloned()
    }

    /// Adds a file that was stored in parts.
    pub(super) fn add(&self, key: String, bytes: Vec<u8>) {
        self.files.lock().expect("the lock is not poisoned").insert(key, bytes);
    }

    /// Removes a file.
    pub(super) fn remove(&self, key: &str) {
        self.files.lock().expect("the lock is not poisoned").remove(key);
    }

    /// All keys.
    pub(crate) fn keys(&self) -> Vec<String> {
        self.files.lock().expect("the lock is not poisoned").keys().cloned().collect()
    }

    fn with<T>(&self, act: impl FnOnce(&mut BTreeMap<String, Vec<u8>>) -> T) -> Result<T, Problem> {
        if self.silent.load(Ordering::Relaxed) {
            return Err(Problem::unavailable("the files did not answer"));
        }
        Ok(act(&mut self.files.lock().expect("the lock is not poisoned")))
    }
}

impl FileStore for FilesInMemory {
    fn put<'a>(
        &'a self,
        key: &'a str,
        size: Option<u64>,
        mut bytes: ByteStream,
    ) -> BoxFuture<'a, Result<Stored, Problem>> {
        Box::pin(async move {
            let mut all = Vec::new();
            while let Some(piece) = bytes.next().await {
                all.extend_from_slice(&piece?);
            }
            let count = all.len() as u64;
            if size.is_some_and(|size| size != count) {
                return Err(Problem::unavailable("the file has another size"));
            }
            let refused = *self.refused.lock().expect("the lock is not poisoned");
            if refused.is_some_and(|part| key.contains(part)) {
                return Err(Problem::unavailable("the files did not answer"));
            }
            let sha256 = hex(&Sha256::digest(&all));
            self.with(|files| files.insert(key.to_owned(), all))?;
            Ok(Stored { size: count, sha256 })
        })
    }

    fn get<'a>(&'a self, key: &'a str, part: Option<FilePart>) -> BoxFuture<'a, Result<Option<Response>, Problem>> {
        Box::pin(async move {
            let found = self.with(|files| files.get(key).cloned())?;
            Ok(found.map(|bytes| {
                let bytes = match part {
                    Some(part) => {
                        let position = |at: u64| usize::try_from(at).expect("a position");
                        bytes[position(part.first)..=position(part.last)].to_vec()
                    }
                    None => bytes,
                };
                Response::new(Body::from(bytes))
            }))
        })
    }

    fn read<'a>(&'a self, key: &'a str, part: FilePart) -> BoxFuture<'a, Result<Option<Vec<u8>>, Problem>> {
        Box::pin(async move {
            let position = |at: u64| usize::try_from(at).expect("a position");
            let found = self.with(|files| files.get(key).cloned())?;
            Ok(found.map(|bytes| {
                let to = position(part.last).saturating_add(1).min(bytes.len());
                bytes.get(position(part.first)..to).unwrap_or_default().to_vec()
            }))
        })
    }

    fn size<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<u64>, Problem>> {
        Box::pin(async move { self.with(|files| files.get(key).map(|bytes| bytes.len() as u64)) })
    }

    fn list<'a>(&'a self, prefix: &'a str, limit: u32) -> BoxFuture<'a, Result<Vec<String>, Problem>> {
        Box::pin(async move {
            self.with(|files| {
                let keys = files.keys().filter(|key| key.starts_with(prefix));
                keys.take(usize::try_from(limit).expect("a number")).cloned().collect()
            })
        })
    }

    fn delete<'a>(&'a self, keys: &'a [String]) -> BoxFuture<'a, Result<(), Problem>> {
        Box::pin(async move { self.with(|files| keys.iter().for_each(|key| drop(files.remove(key)))) })
    }
}
