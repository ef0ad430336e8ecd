//! Pagination of lists.

use super::{Cursor, FromText};
use campana_core::shared::limits::{DEFAULT_PAGE, MAX_PAGE};
use campana_core::shared::problem::Problem;
use campana_storage::Placed;
use serde::{Deserialize, Serialize};

/// Query of a list without other parameters.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(crate) struct PageQuery {
    /// Items on the page, 50 by default.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 100)))]
    pub(crate) limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub(crate) cursor: Option<String>,
}

impl PageQuery {
    /// The last item's id or number that the cursor encodes; `None` on the first page.
    pub(crate) fn after<T: FromText>(&self, list: Cursor) -> Result<Option<T>, Problem> {
        list.place_of(self.cursor.as_deref())
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
    /// Cuts a page from up to `limit + 1` items: an extra item means that the list continues.
    pub(crate) fn cut(mut data: Vec<T>, limit: u32, cursor: impl Fn(&T) -> String) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let goes_on = data.len() > limit;
        data.truncate(limit);
        let next_cursor = if goes_on { data.last().map(cursor) } else { None };
        Self { data, next_cursor }
    }
}

impl<T> Page<T> {
    /// [`Self::cut`] for items with their sort keys.
    pub(crate) fn cut_placed(data: Vec<Placed<T>>, limit: u32, cursor: impl Fn(&str, &T) -> String) -> Self {
        let Page { data, next_cursor } = Page::cut(data, limit, |placed| cursor(&placed.place, &placed.item));
        Self { data: data.into_iter().map(|placed| placed.item).collect(), next_cursor }
    }
}

/// Number of items to query in order to know whether the list continues.
pub(crate) const fn one_more(limit: u32) -> u32 {
    limit.saturating_add(1)
}

/// Requested page size: 1 to 100, 50 by default. 422 outside this range.
pub(crate) fn limit(wanted: Option<u32>) -> Result<u32, Problem> {
    match wanted {
        None => Ok(DEFAULT_PAGE),
        Some(limit @ 1..=MAX_PAGE) => Ok(limit),
        Some(_) => Err(Problem::field("limit", format!("is not between 1 and {MAX_PAGE}"))),
    }
}
