//! `DELETE /api/admin/users/{id}`: erases a user. Answers how far that is; a repeated call goes on with it if a step is due.

use crate::api::admin::only_administrators;
use crate::erasing;
use crate::identity::{Caller, hand_over};
use crate::request::{OptionalBody, Segment, text};
use crate::response::{Outcome, accepted, ok, uncached};
use campana_core::accounts::audit::{Act, MAX_REASON_CHARS};
use campana_core::named;
use campana_core::shared::ids::UserId;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use campana_storage::Erasure;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Steps that run before the answer: enough for a user with little, who is erased by the second call.
const STEPS: u32 = 20;

/// Why the user is erased.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ErasureDraft"))]
#[serde(deny_unknown_fields)]
pub(crate) struct EraseBody {
    /// Reason for the audit log.
    #[serde(default)]
    reason: String,
}

named! {
    /// State of an erasure.
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    pub enum ErasureStatus {
        /// It goes on.
        Pending = "pending",
        /// Everything is erased.
        Ended = "ended",
    }
}

/// How far the erasure of a user is.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "UserErasure"))]
struct Shown {
    /// The user.
    user_id: UserId,
    /// Whether it has ended.
    status: ErasureStatus,
    /// Whether it waits for a panic alert of the user to end.
    waits_for_alert: bool,
    /// Messages erased so far.
    messages: u64,
    /// Files erased so far.
    files: u64,
    /// When it was requested.
    requested_at: Timestamp,
    /// When it ended.
    ended_at: Option<Timestamp>,
}

impl From<Erasure> for Shown {
    fn from(erasure: Erasure) -> Self {
        let status = if erasure.ended_at.is_some() { ErasureStatus::Ended } else { ErasureStatus::Pending };
        Self {
            user_id: erasure.user_id,
            status,
            waits_for_alert: status == ErasureStatus::Pending && erasure.progress.waits_for_alert,
            messages: erasure.progress.messages,
            files: erasure.progress.files,
            requested_at: erasure.requested_at,
            ended_at: erasure.ended_at,
        }
    }
}

pub(crate) async fn handle(
    caller: Caller,
    Segment(user): Segment<UserId>,
    OptionalBody(body): OptionalBody<EraseBody>,
) -> Outcome {
    only_administrators(&caller)?;
    let reason = text("reason", &body.reason, MAX_REASON_CHARS)?;
    let (store, tenant) = (caller.store(), caller.tenant());
    let audit = caller.audit(Act::UserErased, user.as_str(), json!({}))?.because(&reason);
    let begun = store.begin_erasure(tenant, &user, &audit, caller.now()).await?;
    let mut erasure = store.erasure(tenant, &user).await?.ok_or_else(Problem::not_found)?;
    if let Some(revocation) = begun {
        // This isolate's copy of the app does not have it.
        caller.app.caches().apps.forget(tenant);
        hand_over(&caller.app, tenant, &revocation).await;
    }
    if erasure.ended_at.is_none()
        && erasure.next_at <= caller.now()
        && let Err(error) = erasing::run(&caller.app, &mut erasure, STEPS).await
    {
        // The schedule goes on with it.
        tracing::error!(at = "erasing", request_id = caller.request_id, detail = %error);
    }
    let is_pending = erasure.ended_at.is_none();
    let shown = Shown::from(erasure);
    Ok(uncached(if is_pending { accepted(&shown)? } else { ok(&shown)? }))
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Security, Tag, examples};
    use campana_core::shared::problem::Kind;
    let example = |status: &str, ended: serde_json::Value| {
        json!({
            "user_id": "7", "status": status, "waits_for_alert": false, "messages": 412, "files": 3,
            "requested_at": examples::AT, "ended_at": ended,
        })
    };
    operation
        .named("eraseUser", Tag::Administration, "Erase a user")
        .about(
            "Ends their identities and connections, deletes what they wrote with their files, and replaces their name by their id \
             (guide _Erasure of a user_). It goes on after the answer, by a schedule: the same call again answers how far it is, and runs the next steps if they are due. \
             A token that is issued later begins a new, empty identity with the same id.",
        )
        .by(Security::Administrator)
        .uncached()
        .sends(json!({"reason": "request of 30 January"}))
        .answers::<Shown>(202, "The erasure goes on.", example("pending", serde_json::Value::Null))
        .answers::<Shown>(200, "Everything is erased.", example("ended", json!(examples::AT)))
        .refuses(&[Kind::NotFound]);
}
