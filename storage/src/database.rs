//! Port to a SQL database: takes named statements with parameters, returns rows as JSON objects.

use campana_core::accounts::sealed::Locked;
use campana_core::shared::problem::{Kind, Problem};
use campana_core::shared::timestamp::Timestamp;
use campana_schema::Query;
use std::pin::Pin;

/// A boxed `Send` future.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// One row: column name to value.
pub type Row = serde_json::Map<String, serde_json::Value>;

/// A SQL database with the schema's migrations applied and foreign keys enforced.
pub trait Database: Send + Sync {
    /// Runs one statement. Returns its rows.
    fn query(&self, statement: Statement) -> BoxFuture<'_, Result<Vec<Row>, StorageError>>;

    /// Runs statements in order in one isolated transaction. Returns the rows of each.
    fn batch(&self, statements: Vec<Statement>) -> BoxFuture<'_, Result<Vec<Vec<Row>>, StorageError>>;
}

/// Sorts after every UUID.
pub(crate) const AFTER_ALL_IDS: &str = "~";
/// The largest safe integer of JavaScript: above every position and every time, milliseconds.
pub(crate) const AFTER_ALL_NUMBERS: i64 = (1 << 53) - 1;

/// One statement with its numbered parameters (`?1` is the first).
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// Its name and SQL.
    pub query: Query,
    /// The parameters.
    pub params: Vec<Value>,
}

impl Statement {
    /// A statement with its parameters in order.
    pub fn new<const N: usize>(query: Query, params: [Value; N]) -> Self {
        Self { query, params: params.into() }
    }

    /// A statement without a name, for tests.
    pub fn unnamed<const N: usize>(sql: &'static str, params: [Value; N]) -> Self {
        Self::new(Query::unnamed(sql), params)
    }

    /// A statement with the first of these parameters, up to the highest number it uses (at most 9): the database
    /// refuses surplus parameters.
    pub(crate) fn fitting(query: Query, mut params: Vec<Value>) -> Self {
        let numbers = query.sql.split('?').skip(1).filter_map(|rest| rest.chars().next()?.to_digit(10));
        params.truncate(numbers.max().and_then(|most| usize::try_from(most).ok()).unwrap_or(0));
        Self { query, params }
    }
}

/// A parameter.
#[derive(Clone, PartialEq)]
pub enum Value {
    /// NULL.
    Null,
    /// An integer below 2^53, the limit of JavaScript numbers.
    Int(i64),
    /// Text.
    Text(String),
}

/// Shows the type, never the value: it may be a user's text.
impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Null => "Null",
            Self::Int(_) => "Int",
            Self::Text(_) => "Text",
        })
    }
}

macro_rules! from_number {
    ($($number:ty),+) => {$(
        impl From<$number> for Value {
            fn from(number: $number) -> Self {
                Self::Int(number.into())
            }
        }
    )+};
}

from_number!(i64, u32, u16);

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// Texts and ids.
impl<T: AsRef<str> + ?Sized> From<&T> for Value {
    fn from(text: &T) -> Self {
        Self::Text(text.as_ref().to_owned())
    }
}

impl From<Timestamp> for Value {
    fn from(at: Timestamp) -> Self {
        Self::Int(at.millis())
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// Error of the record. Never contains a parameter's value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StorageError {
    /// The database did not answer, or failed. Whether the statements took effect is unknown.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// A row does not match the schema.
    #[error("the record does not make sense: {0}")]
    Corrupt(String),
    /// A unique, foreign key, NOT NULL or check constraint or a trigger refused the statement; nothing was changed.
    #[error("a constraint of the schema refuses this")]
    Constraint,
    /// A secret in a row is encrypted, and none of the keys decrypts it.
    #[error("{0}")]
    Locked(#[from] Locked),
    /// The database cannot store a value; nothing was changed.
    #[error("the database refuses a value: {0}")]
    Unfit(String),
}

impl StorageError {
    /// Whether the database refused the input, so that a retry would fail too.
    pub const fn is_refusal(&self) -> bool {
        matches!(self, Self::Constraint | Self::Unfit(_))
    }
}

/// Maps to the client's problem. Only [`StorageError::Unavailable`] is worth a retry. A caller that expects
/// `Constraint` handles it before this conversion; anywhere else it is an internal error.
impl From<StorageError> for Problem {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Unavailable(_) => Self::unavailable("the record did not answer"),
            // An operator's mistake, which a correct key repairs.
            StorageError::Locked(why) => Self::unavailable(why.to_string()),
            StorageError::Corrupt(_) | StorageError::Constraint | StorageError::Unfit(_) => {
                Self::new(Kind::Internal, error.to_string())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_database_that_does_not_answer_is_worth_a_retry() {
        let kind = |error: StorageError| Problem::from(error).kind;
        assert_eq!(kind(StorageError::Unavailable(String::new())), Kind::Unavailable);
        assert_eq!(kind(StorageError::Corrupt(String::new())), Kind::Internal);
        assert_eq!(kind(StorageError::Constraint), Kind::Internal);
    }
}
