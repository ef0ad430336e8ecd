//! Times chosen by users.

use campana_core::chat::invite::FURTHEST_END_MS;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;

/// A time in the future, within ten years. 422 otherwise.
pub(crate) fn future(field: &str, at: Timestamp, now: Timestamp) -> Result<Timestamp, Problem> {
    if at <= now {
        return Err(Problem::field(field, "is not in the future"));
    }
    if at > now.plus_millis(FURTHEST_END_MS) {
        return Err(Problem::field(field, "is more than ten years away"));
    }
    Ok(at)
}
