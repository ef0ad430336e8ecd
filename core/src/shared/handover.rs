//! Deduplication of numbered rows that one object sends to another in order, possibly more than once.

/// The rows after `last`, the newest received number, and the number of rows missing in between. Expects ascending
/// numbers. `None` for an unknown sender, whose numbers can begin anywhere.
pub fn unknown_of<T>(numbered: Vec<(i64, T)>, last: Option<i64>) -> (Vec<T>, u64) {
    let known = last.unwrap_or(i64::MIN);
    let first_new = numbered.iter().map(|(number, _)| *number).find(|number| *number > known);
    let missing = last
        .zip(first_new)
        .map_or(0, |(last, first)| u64::try_from(first.saturating_sub(last).saturating_sub(1)).unwrap_or(0));
    let new = numbered.into_iter().filter(|(number, _)| *number > known);
    (new.map(|(_, row)| row).collect(), missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_batch_gives_only_new_rows() {
        let new = |numbers: &[i64], last| {
            let (new, lost) = unknown_of(numbers.iter().map(|number| (*number, *number)).collect(), last);
            (new.len(), lost)
        };
        assert_eq!(new(&[1, 2, 3], None), (3, 0));
        assert_eq!(new(&[1, 2, 3], Some(0)), (3, 0));
        assert_eq!(new(&[1, 2, 3], Some(2)), (1, 0));
        assert_eq!(new(&[1, 2, 3], Some(3)), (0, 0));
        assert_eq!(new(&[8, 9], Some(3)), (2, 4));
        assert_eq!(new(&[7, 8], None), (2, 0), "an unknown sender's numbers can begin anywhere");
    }
}
