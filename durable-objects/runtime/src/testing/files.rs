//! Files of the world, in memory.

use crate::files::{FileParts, PartsOf};
use campana_core::shared::hex::hex;
use campana_core::shared::problem::Problem;
use futures_util::future::LocalBoxFuture;
use sha2::{Digest, Sha256};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Tag and bytes of each part, by its number.
type Parts = BTreeMap<u32, (String, Vec<u8>)>;

/// A store of files.
#[derive(Default)]
pub struct FilesInMemory {
    files: RefCell<BTreeMap<String, Vec<u8>>>,
    /// Parts of files that are not complete, by the store's id.
    parts: RefCell<BTreeMap<String, Parts>>,
    count: Cell<u64>,
    calls: Cell<u64>,
    fails_in: Cell<Option<u64>>,
    acts: Cell<bool>,
    largest: Cell<usize>,
}

impl FilesInMemory {
    /// A new store.
    pub fn new() -> Rc<Self> {
        Rc::default()
    }

    /// Lets the call after `calls` others fail: before it acts, or after it (`acts`).
    pub fn fail_in(&self, calls: u64, acts: bool) {
        self.fails_in.set(Some(calls));
        self.acts.set(acts);
    }

    /// Number of calls so far.
    pub fn calls(&self) -> u64 {
        self.calls.get()
    }

    /// Keys of all files.
    pub fn keys(&self) -> Vec<String> {
        self.files.borrow().keys().cloned().collect()
    }

    /// A file.
    pub fn file(&self, key: &str) -> Option<Vec<u8>> {
        self.files.borrow().get(key).cloned()
    }

    /// Number of files that are stored in parts and not complete.
    pub fn unfinished(&self) -> usize {
        self.parts.borrow().len()
    }

    /// Most bytes that came with one call.
    pub fn largest(&self) -> usize {
        self.largest.get()
    }

    fn act<T: 'static>(
        self: &Rc<Self>,
        act: impl FnOnce(&Self) -> Result<T, Problem> + 'static,
    ) -> LocalBoxFuture<'static, Result<T, Problem>> {
        let store = Rc::clone(self);
        Box::pin(async move {
            store.calls.set(store.calls.get().saturating_add(1));
            let fails = match store.fails_in.get() {
                Some(0) => {
                    store.fails_in.set(None);
                    true
                }
                Some(more) => {
                    store.fails_in.set(Some(more.saturating_sub(1)));
                    false
                }
                None => false,
            };
            let silent = || Problem::unavailable("the file store did not answer");
            if fails && !store.acts.get() {
                return Err(silent());
            }
            let acted = act(&store)?;
            if fails { Err(silent()) } else { Ok(acted) }
        })
    }

    fn take(&self, bytes: &[u8]) {
        self.largest.set(self.largest.get().max(bytes.len()));
    }
}

fn unknown() -> Problem {
    Problem::unavailable("the store has no such upload")
}

impl FileParts for Rc<FilesInMemory> {
    fn begin(&self, key: String) -> LocalBoxFuture<'static, Result<PartsOf, Problem>> {
        self.act(move |store| {
            store.count.set(store.count.get().saturating_add(1));
            let id = format!("parts-{}", store.count.get());
            store.parts.borrow_mut().insert(id.clone(), BTreeMap::new());
            Ok(PartsOf { key, id })
        })
    }

    fn put_part(
        &self,
        parts: PartsOf,
        number: u32,
        bytes: Vec<u8>,
    ) -> LocalBoxFuture<'static, Result<String, Problem>> {
        self.act(move |store| {
            store.take(&bytes);
            store.count.set(store.count.get().saturating_add(1));
            let tag = format!("tag-{}", store.count.get());
            store.parts.borrow_mut().get_mut(&parts.id).ok_or_else(unknown)?.insert(number, (tag.clone(), bytes));
            Ok(tag)
        })
    }

    /// As the platform: parts of another size than the first, apart from the last, and unknown tags are refused.
    fn complete(&self, parts: PartsOf, tags: Vec<String>) -> LocalBoxFuture<'static, Result<(), Problem>> {
        self.act(move |store| {
            let all = store.parts.borrow_mut().remove(&parts.id).ok_or_else(unknown)?;
            let first = all.values().next().map(|(_, bytes)| bytes.len());
            let is_right = all.len() == tags.len()
                && all.values().zip(&tags).all(|((known, _), tag)| known == tag)
                && all.values().rev().skip(1).all(|(_, bytes)| Some(bytes.len()) == first);
            if !is_right {
                return Err(Problem::internal("the parts are wrong"));
            }
            store.files.borrow_mut().insert(parts.key, all.into_values().flat_map(|(_, bytes)| bytes).collect());
            Ok(())
        })
    }

    fn abandon(&self, parts: PartsOf) -> LocalBoxFuture<'static, Result<(), Problem>> {
        self.act(move |store| {
            store.parts.borrow_mut().remove(&parts.id);
            Ok(())
        })
    }

    fn put(&self, key: String, bytes: Vec<u8>) -> LocalBoxFuture<'static, Result<(), Problem>> {
        self.act(move |store| {
            store.take(&bytes);
            store.files.borrow_mut().insert(key, bytes);
            Ok(())
        })
    }

    fn read(&self, key: String) -> LocalBoxFuture<'static, Result<Option<Vec<u8>>, Problem>> {
        self.act(move |store| Ok(store.file(&key)))
    }

    fn hash(&self, key: String) -> LocalBoxFuture<'static, Result<Option<(u64, String)>, Problem>> {
        self.act(move |store| {
            let files = store.files.borrow();
            let hashed = files.get(&key).map(|bytes| (bytes.len() as u64, hex(&Sha256::digest(bytes))));
            Ok(hashed)
        })
    }

    fn delete(&self, key: String) -> LocalBoxFuture<'static, Result<(), Problem>> {
        self.act(move |store| {
            store.files.borrow_mut().remove(&key);
            Ok(())
        })
    }
}
