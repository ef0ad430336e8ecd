//! Names as they are stored for search, and look-ups by the beginnings of words.

use crate::Store;
use crate::database::{Statement, StorageError, Value};
use crate::decode::to_json;
use campana_core::shared::fold::{FOLD_VERSION, fold, query_words, words};
use campana_core::shared::ids::{RoomId, TenantId, UserId};
use campana_schema::{rooms, users};
use serde::{Deserialize, Serialize};

/// Separates the words of a room's `search_name`.
const BETWEEN_WORDS: &str = "\u{1f}";

/// An item of a list, and its sort key in the list's order.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Placed<T> {
    /// Sort key, for the cursor.
    pub place: String,
    /// The item.
    #[serde(flatten)]
    pub item: T,
}

/// Ranges of words for a query: each has to contain a word of what is found.
pub(crate) struct Sought {
    /// The range of the longest word, which is looked up.
    pub(crate) from: String,
    pub(crate) to: String,
    /// The other ranges, as JSON.
    pub(crate) others: String,
}

impl Sought {
    /// `None` for a query without words.
    pub(crate) fn read(query: &str) -> Result<Option<Self>, StorageError> {
        let mut ranges = query_words(query).into_iter().map(|word| {
            let to = after_prefix(&word);
            (word, to)
        });
        let Some((from, to)) = ranges.next() else { return Ok(None) };
        Ok(Some(Self { from, to, others: to_json(&ranges.collect::<Vec<_>>())? }))
    }

    /// The position after which a page begins: that of the cursor, or the beginning.
    pub(crate) fn after<'a>(&'a self, after: Option<(&'a str, &'a UserId)>) -> (&'a str, &'a str) {
        after.map_or((&self.from, ""), |(place, id)| (place, id.as_str()))
    }
}

/// An upper bound for all texts that start with this prefix.
fn after_prefix(prefix: &str) -> String {
    format!("{prefix}{}", char::MAX)
}

/// A room's name as it is searched: its words, separated.
pub(crate) fn room_search_name(name: &str) -> String {
    words(name).join(BETWEEN_WORDS)
}

/// The words of a query for rooms, as JSON.
pub(crate) fn room_query(query: &str) -> Result<Value, StorageError> {
    Ok(to_json(&query_words(query))?.into())
}

/// Statements that replace a user's words; they change nothing if the words are the same.
pub(crate) fn save_words(tenant: &TenantId, user: &UserId, name: &str) -> Result<[Statement; 2], StorageError> {
    let params: [Value; 3] = [tenant.into(), user.into(), to_json(&words(name))?.into()];
    Ok([users::FORGET_WORDS, users::SAVE_WORDS].map(|query| Statement::new(query, params.clone())))
}

impl Store {
    /// Folds the names of up to `limit` users again that an older version folded. Returns how many there were.
    pub async fn refold_users(&self, limit: u32) -> Result<u64, StorageError> {
        #[derive(Deserialize)]
        struct Row {
            tenant_id: TenantId,
            id: UserId,
            name: String,
        }
        #[derive(Serialize)]
        struct Item(TenantId, UserId, String, String, Vec<String>);

        let rows: Vec<Row> = self.rows(users::TO_REFOLD, [FOLD_VERSION.into(), limit.into()]).await?;
        if rows.is_empty() {
            return Ok(0);
        }
        let item = |Row { tenant_id, id, name }| {
            let (folded, words) = (fold(&name), words(&name));
            Item(tenant_id, id, name, folded, words)
        };
        let items: Vec<Item> = rows.into_iter().map(item).collect();
        let json = to_json(&items)?;
        let statements = vec![
            Statement::new(users::REFOLD_FORGET, [(&json).into()]),
            Statement::new(users::REFOLD_WORDS, [(&json).into()]),
            Statement::new(users::REFOLD, [json.into(), FOLD_VERSION.into()]),
        ];
        self.db.batch(statements).await?;
        Ok(u64::try_from(items.len()).unwrap_or(u64::MAX))
    }

    /// The same for rooms.
    pub async fn refold_rooms(&self, limit: u32) -> Result<u64, StorageError> {
        #[derive(Deserialize)]
        struct Row {
            id: RoomId,
            name: String,
        }
        let rows: Vec<Row> = self.rows(rooms::TO_REFOLD, [FOLD_VERSION.into(), limit.into()]).await?;
        if rows.is_empty() {
            return Ok(0);
        }
        let refold = |Row { id, name }: &Row| {
            let params = [id.into(), name.into(), room_search_name(name).into(), FOLD_VERSION.into()];
            Statement::new(rooms::REFOLD, params)
        };
        self.db.batch(rows.iter().map(refold).collect()).await?;
        Ok(u64::try_from(rows.len()).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_spans_everything_that_starts_with_it() {
        let end = after_prefix("jo");
        for name in ["jo", "jo ann", "josé", "jo\u{1F600}"] {
            assert!(name >= "jo" && name < end.as_str(), "{name}");
        }
        assert!("jp" > end.as_str());
    }
}
