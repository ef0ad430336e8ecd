//! Limits of what one user creates in an hour. Administrators are exempt: backends provision with their tokens.

use crate::identity::Caller;
use crate::response::Refusal;
use campana_core::shared::problem::Problem;
use campana_storage::{CreationKind, Reservation, Reserved};

/// What a new group counts for its creator.
#[derive(Debug, Default)]
pub(super) struct Allowance(Vec<Reservation>);

impl Allowance {
    /// Counts a new group with `added` other members. 429 if the caller began too many conversations, or added too many
    /// people, in the last hour; 422 for more people than an hour allows.
    pub(super) async fn take(caller: &Caller, added: usize) -> Result<Self, Refusal> {
        let mut taken = Self::default();
        if caller.principal.admin {
            return Ok(taken);
        }
        let limits = &caller.record.limits;
        let added = u32::try_from(added).unwrap_or(u32::MAX);
        if added > limits.added_people_per_hour {
            let detail =
                format!("names more than the {} people that may be added in an hour", limits.added_people_per_hour);
            return Err(Problem::field("user_ids", detail).into());
        }
        let wanted = [
            (CreationKind::Conversation, 1, limits.conversations_per_hour),
            (CreationKind::AddedPerson, added, limits.added_people_per_hour),
        ];
        for (kind, count, per_hour) in wanted {
            let who = (caller.tenant(), caller.user_id());
            match caller.store().reserve_creations(who, kind, (count, per_hour), caller.now()).await? {
                Reserved::Counted(reservation) => taken.0.push(reservation),
                Reserved::Exceeded { retry_after_ms } => {
                    taken.give_back(caller).await;
                    return Err(exceeded(kind, per_hour, retry_after_ms).into());
                }
            }
        }
        Ok(taken)
    }

    /// Gives back what was counted: nothing was created.
    pub(super) async fn give_back(self, caller: &Caller) {
        for reservation in &self.0 {
            let given_back = caller.store().give_back_creations(caller.tenant(), caller.user_id(), reservation).await;
            if let Err(error) = given_back {
                tracing::warn!(at = "chat.creations", detail = %error);
            }
        }
    }
}

/// 429 for a limit per hour.
pub(super) fn exceeded(kind: CreationKind, per_hour: u32, retry_after_ms: u64) -> Problem {
    let detail = match kind {
        CreationKind::Conversation => format!("at most {per_hour} new conversations in an hour"),
        CreationKind::AddedPerson => format!("at most {per_hour} people may be added in an hour"),
    };
    Problem::rate_limited(detail, retry_after_ms)
}
