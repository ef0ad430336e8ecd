//! Parsing of HTTP into types: bodies, queries, paths, pages, cursors and idempotency keys. Invalid input is refused
//! here with the documented problem, so endpoints see only valid values.

mod accept;
mod body;
mod cursor;
mod fields;
mod idempotency;
mod page;
mod path;
mod query;
mod strict;
mod texts;
mod times;
mod version;

pub(crate) use accept::accepts;
pub(crate) use body::{Body, Empty, NoBody, OptionalBody, read_up_to};
pub(crate) use cursor::{Cursor, bad_cursor};
pub(crate) use idempotency::{Creation, NewIds, idempotently, key_of};
pub(crate) use page::{Page, PageQuery, limit, one_more};
pub(crate) use path::{FromText, Segment, Segments};
pub(crate) use query::Query;
pub(crate) use texts::{line, nobody, person, search_text, text};
pub(crate) use times::future;
pub(crate) use version::if_match;

#[cfg(test)]
mod tests;
