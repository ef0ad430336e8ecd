//! Packing of many rows into a few parameters: JSON arrays of bounded size.

use crate::database::StorageError;
use crate::decode::to_json;
use serde::Serialize;

/// Maximum bytes of a parameter, unless a single row is longer. The database's own limit is 2 MB.
pub(crate) const MAX_PARAMETER_BYTES: usize = 1_000_000;

/// Rows as JSON arrays of at most `max_bytes` bytes each, unless a single row is longer.
pub(crate) fn in_pieces<T: Serialize>(
    rows: impl Iterator<Item = Result<T, StorageError>>,
    max_bytes: usize,
) -> Result<Vec<String>, StorageError> {
    let mut pieces: Vec<String> = Vec::new();
    for row in rows {
        let row = to_json(&row?)?;
        match pieces.last_mut().filter(|piece| piece.len().saturating_add(row.len()).saturating_add(2) <= max_bytes) {
            Some(piece) => {
                piece.push(',');
                piece.push_str(&row);
            }
            None => pieces.push(format!("[{row}")),
        }
    }
    for piece in &mut pieces {
        piece.push(']');
    }
    Ok(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn row(number: i64) -> Value {
        json!({"number": number, "body": "ñ\"\n".repeat(20)})
    }

    #[test]
    fn pieces_are_bounded_and_hold_every_row_once() {
        let rows = || (1..=50).map(|number| Ok(row(number)));
        let one = in_pieces(rows().take(1), 1_000).expect("a row serializes")[0].len();
        for max_bytes in [one, one * 3, MAX_PARAMETER_BYTES] {
            let pieces = in_pieces(rows(), max_bytes).expect("rows serialize");
            // Row 1, which `one` measures, has one digit less than rows from 10 on.
            assert!(pieces.iter().all(|piece| piece.len() <= max_bytes + 1), "{max_bytes}");
            let numbers: Vec<i64> = pieces
                .iter()
                .flat_map(|piece| serde_json::from_str::<Vec<Value>>(piece).expect("a piece is a JSON array"))
                .map(|row| row["number"].as_i64().expect("the field is a number"))
                .collect();
            assert_eq!(numbers, (1..=50).collect::<Vec<_>>());
        }
        let none = std::iter::empty::<Result<Value, StorageError>>();
        assert!(in_pieces(none, 10).expect("no rows are no error").is_empty());
    }
}
