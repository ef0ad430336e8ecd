//! Port: the store of uploaded files. Their descriptions are in the record.

use crate::ports::BoxFuture;
use axum::body::Bytes;
use axum::response::Response;
use campana_core::files::VariantName;
use campana_core::files::resumable::original_key;
use campana_core::shared::ids::{FileId, TenantId};
use campana_core::shared::problem::Problem;
use futures_util::Stream;
use std::pin::Pin;

/// Bytes that arrive in pieces, or the refusal that ends them.
pub type ByteStream = Pin<Box<dyn Stream<Item = Result<Bytes, Problem>> + Send>>;

/// What was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Number of bytes.
    pub size: u64,
    /// SHA-256 of the bytes, in hexadecimal.
    pub sha256: String,
}

/// Bytes of a file, the first and the last one included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FilePart {
    /// Position of the first byte.
    pub first: u64,
    /// Position of the last byte.
    pub last: u64,
}

/// A store of files by key. Every method fails with [`campana_core::shared::problem::Kind::Unavailable`] if the store does not
/// answer.
pub trait FileStore: Send + Sync {
    /// Stores the bytes of a stream, which are never all in memory. `size` is their exact number, if it is known. Nothing is
    /// stored if the stream ends with a refusal, which is returned, or with another number of bytes. A file that the key has is
    /// replaced at the end, so that the stream may read it.
    fn put<'a>(&'a self, key: &'a str, size: Option<u64>, bytes: ByteStream) -> BoxFuture<'a, Result<Stored, Problem>>;
    /// A response with the bytes, or a part of them, as its body; `None` if there is no such file. The response must reach the
    /// client unchanged, apart from its status and headers.
    fn get<'a>(&'a self, key: &'a str, part: Option<FilePart>) -> BoxFuture<'a, Result<Option<Response>, Problem>>;
    /// A part of a file in memory; `None` if there is no such file. Fewer bytes if it is shorter.
    fn read<'a>(&'a self, key: &'a str, part: FilePart) -> BoxFuture<'a, Result<Option<Vec<u8>>, Problem>>;
    /// Number of bytes; `None` if there is no such file.
    fn size<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<u64>, Problem>>;
    /// Keys that begin with `prefix`, in order, at most `limit`, which is at most 1,000.
    fn list<'a>(&'a self, prefix: &'a str, limit: u32) -> BoxFuture<'a, Result<Vec<String>, Problem>>;
    /// Deletes files, at most 1,000. Keys without a file are ignored.
    fn delete<'a>(&'a self, keys: &'a [String]) -> BoxFuture<'a, Result<(), Problem>>;
}

/// Beginning of the keys of a file and its smaller forms. Ids of tenants contain no slash.
pub(crate) fn folder(tenant: &TenantId, id: &FileId) -> String {
    format!("files/{tenant}/{id}/")
}

/// Key of the file itself.
pub(crate) fn key(tenant: &TenantId, id: &FileId) -> String {
    original_key(tenant, id)
}

/// Key of a smaller form of a picture.
pub(crate) fn variant_key(tenant: &TenantId, id: &FileId, name: VariantName) -> String {
    format!("{}{}", folder(tenant, id), name.as_str())
}
