//! Port: the store of uploaded files, as the object of a resumable upload writes to it.

use campana_core::shared::problem::Problem;
use futures_util::future::LocalBoxFuture;
use futures_util::stream::LocalBoxStream;
use std::rc::Rc;

/// The body of a request broke off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BrokeOff;

/// The body of a request, in pieces as they arrive.
pub type Incoming = LocalBoxStream<'static, Result<Vec<u8>, BrokeOff>>;

/// A file that is stored in parts: its key, and the store's id of the parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartsOf {
    /// Key of the file.
    pub key: String,
    /// The store's id.
    pub id: String,
}

/// A store of files that takes them in parts. All parts of a file but the last have the same size. Every method fails with
/// [`campana_core::shared::problem::Kind::Unavailable`] if the store does not answer; what failed may have happened.
pub trait FileParts {
    /// Begins to store a file in parts.
    fn begin(&self, key: String) -> LocalBoxFuture<'static, Result<PartsOf, Problem>>;
    /// Stores a part, in place of an earlier one of its number; numbers begin at 1. Returns its tag.
    fn put_part(&self, parts: PartsOf, number: u32, bytes: Vec<u8>)
    -> LocalBoxFuture<'static, Result<String, Problem>>;
    /// Makes the file of its parts, whose tags are in the order of their numbers. Nothing of it exists before.
    fn complete(&self, parts: PartsOf, tags: Vec<String>) -> LocalBoxFuture<'static, Result<(), Problem>>;
    /// Deletes the parts of a file that was not completed. Does nothing if there are none.
    fn abandon(&self, parts: PartsOf) -> LocalBoxFuture<'static, Result<(), Problem>>;
    /// Stores a file at once.
    fn put(&self, key: String, bytes: Vec<u8>) -> LocalBoxFuture<'static, Result<(), Problem>>;
    /// Reads a small file; `None` if it does not exist.
    fn read(&self, key: String) -> LocalBoxFuture<'static, Result<Option<Vec<u8>>, Problem>>;
    /// Reads a file to find its size and its SHA-256 in hexadecimal; `None` if it does not exist.
    fn hash(&self, key: String) -> LocalBoxFuture<'static, Result<Option<(u64, String)>, Problem>>;
    /// Deletes a file. Does nothing if it does not exist.
    fn delete(&self, key: String) -> LocalBoxFuture<'static, Result<(), Problem>>;
}

/// Access to the store.
pub trait FileStores {
    /// The store of this deployment; 503 if it has none.
    fn file_parts(&self) -> Result<Rc<dyn FileParts>, Problem>;
}
