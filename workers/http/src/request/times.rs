//! Times that people choose.

use campana_core::chat::invite::FURTHEST_END_MS;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;

/// An end that is still to come, and within ten years.
pub(crate) fn future(field: &str, at: Timestamp, now: Timestamp) -> Result<Timestamp, Problem> {
    if at <= now {
        return Err(Problem::field(field, "is not in the future"));
    }
    if at > now.plus_millis(FURTHEST_END_MS) {
        return Err(Problem::field(field, "is more than ten years away"));
    }
    Ok(at)
}
