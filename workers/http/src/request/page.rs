//! Pages of a list.

use super::cursor::Cursor;
use campana_core::shared::limits::{DEFAULT_PAGE, MAX_PAGE};
use campana_core::shared::problem::Problem;
use serde::{Deserialize, Serialize};

/// The query of a list that takes nothing else.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct PageQuery {
    pub(crate) limit: Option<u32>,
    pub(crate) cursor: Option<String>,
}

impl PageQuery {
    /// Where the list goes on, if it was read before.
    pub(crate) fn after<T>(
        &self,
        list: Cursor,
        read: impl FnOnce(&str) -> Result<T, Problem>,
    ) -> Result<Option<T>, Problem> {
        list.place_of(self.cursor.as_deref(), read)
    }
}

/// A page of a list. `next_cursor` is `null` at the end.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "{T}Page"))]
pub(crate) struct Page<T> {
    pub(crate) data: Vec<T>,
    pub(crate) next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// A page from one item more than asked for, if there was one more: then the list goes on after the last.
    pub(crate) fn cut(mut data: Vec<T>, limit: u32, cursor: impl Fn(&T) -> String) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let goes_on = data.len() > limit;
        data.truncate(limit);
        let next_cursor = if goes_on { data.last().map(cursor) } else { None };
        Self { data, next_cursor }
    }
}

/// What is read to know whether the list goes on after so many items.
pub(crate) const fn one_more(limit: u32) -> u32 {
    limit.saturating_add(1)
}

/// How many items the client asks for: 1 to 100, 50 if it does not say.
pub(crate) fn limit(wanted: Option<u32>) -> Result<u32, Problem> {
    match wanted {
        None => Ok(DEFAULT_PAGE),
        Some(limit @ 1..=MAX_PAGE) => Ok(limit),
        Some(_) => Err(Problem::field("limit", format!("is not between 1 and {MAX_PAGE}"))),
    }
}
