//! Objects in the simulated world of [`campana_runtime::testing`].

use crate::conversation::queries::log;
use campana_runtime::Context;
use campana_runtime::sql::Sql;
use campana_runtime::testing::{Object, instance};
use std::rc::Rc;

/// Starts an instance of a [`Conversation`](crate::Conversation). Its paths are those of the object's routes, without
/// the leading slash.
pub fn conversation(context: Context) -> Rc<dyn Object> {
    instance::<crate::conversation::Object>(context)
}

/// Starts an instance of a [`QuotaRegistry`](crate::QuotaRegistry).
pub fn quota_registry(context: Context) -> Rc<dyn Object> {
    instance::<crate::quota_registry::Object>(context)
}

/// Starts an instance of a [`Search`](crate::Search).
pub fn search(context: Context) -> Rc<dyn Object> {
    instance::<crate::search::Object>(context)
}

/// Starts an instance of a [`ResumableUpload`](crate::ResumableUpload).
pub fn resumable_upload(context: Context) -> Rc<dyn Object> {
    instance::<crate::resumable::Object>(context)
}

/// Whether the index has what the conversation with this database has flushed.
pub fn is_indexed(sql: &Sql) -> bool {
    let flushed: Option<i64> = sql.recall_json("flushed").ok().flatten();
    let indexed: Option<i64> = sql.recall_json("indexed").ok().flatten();
    indexed.unwrap_or(0) >= flushed.unwrap_or(0)
}

/// Whether the record has the whole log of the conversation with this database.
pub fn is_flushed(sql: &Sql) -> bool {
    let head = sql.find(log::BOUNDS, [], |row| row.int(1)).ok().flatten();
    let flushed = sql.recall_json("flushed").ok().flatten();
    head <= flushed
}
