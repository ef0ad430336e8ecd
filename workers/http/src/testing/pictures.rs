//! The images Worker, without its Worker.

use super::FilesInMemory;
use crate::pictures::{Looked, Pictures};
use crate::ports::BoxFuture;
use campana_images::variants::{Limits, answer};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

/// Makes real smaller forms, or answers what it was told to.
pub(crate) struct FakePictures {
    store: Arc<FilesInMemory>,
    told: Mutex<VecDeque<Looked>>,
}

impl FakePictures {
    pub(crate) fn new(store: Arc<FilesInMemory>) -> Self {
        Self { store, told: Mutex::default() }
    }

    /// Answers this to the next pictures.
    pub(crate) fn tell(&self, answers: impl IntoIterator<Item = Looked>) {
        self.told.lock().expect("the lock is not poisoned").extend(answers);
    }
}

impl Pictures for FakePictures {
    fn look<'a>(&'a self, key: &'a str, max_pixels: u32) -> BoxFuture<'a, Looked> {
        Box::pin(async move {
            if let Some(told) = self.told.lock().expect("the lock is not poisoned").pop_front() {
                return told;
            }
            let bytes = self.store.bytes(key).expect("the picture is stored");
            let limits = Limits { max_pixels: max_pixels.into(), ..Limits::default() };
            match answer(&bytes, &limits) {
                Ok(Some((answer, variants))) => {
                    let variants = variants.iter().map(|variant| variant.bytes.as_slice());
                    Looked::Seen(answer.write(variants).expect("the answer can be written"))
                }
                Ok(None) => Looked::Failed,
                Err(_) => Looked::Corrupt,
            }
        })
    }
}
