//! What one object hands over to another in order, numbered, so that what is handed over again is taken once.

/// What is not known yet, if everything up to `last` is, and how many were lost on the way. The numbers rise.
pub fn news<T>(numbered: Vec<(i64, T)>, last: Option<i64>) -> (Vec<T>, u64) {
    let known = last.unwrap_or(i64::MIN);
    let first_new = numbered.iter().map(|(number, _)| *number).find(|number| *number > known);
    let missing = last
        .zip(first_new)
        .map_or(0, |(last, first)| u64::try_from(first.saturating_sub(last).saturating_sub(1)).unwrap_or(0));
    let news = numbered.into_iter().filter(|(number, _)| *number > known);
    (news.map(|(_, thing)| thing).collect(), missing)
}
