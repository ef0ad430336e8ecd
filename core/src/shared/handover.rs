//! Rows that one object hands over to another in order, numbered, so that what is handed over again is taken once.

/// What is not known yet, if everything up to `last` is, and how many were lost on the way. The numbers rise.
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
    fn a_batch_that_comes_again_brings_only_what_is_new() {
        let new = |numbers: &[i64], last| {
            let (new, lost) = unknown_of(numbers.iter().map(|number| (*number, *number)).collect(), last);
            (new.len(), lost)
        };
        assert_eq!(new(&[1, 2, 3], None), (3, 0));
        assert_eq!(new(&[1, 2, 3], Some(0)), (3, 0));
        assert_eq!(new(&[1, 2, 3], Some(2)), (1, 0));
        assert_eq!(new(&[1, 2, 3], Some(3)), (0, 0));
        assert_eq!(new(&[8, 9], Some(3)), (2, 4));
        assert_eq!(new(&[7, 8], None), (2, 0), "a sender that is not known may have begun anywhere");
    }
}
