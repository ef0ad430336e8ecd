//! Answers and bodies of calls that change a membership, the same for rooms and groups.

use crate::identity::Caller;
use crate::response::{Outcome, made, unexpected};
use campana_core::chat::command::Reply;
use campana_core::chat::policy::Role;
use campana_core::shared::ids::UserId;
use campana_core::shared::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

/// A member to add.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "MemberDraft"))]
#[serde(deny_unknown_fields)]
pub(super) struct NewMember {
    pub(super) user_id: String,
    #[serde(default)]
    pub(super) role: Role,
}

/// A member's new role.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "RoleChange"))]
#[serde(deny_unknown_fields)]
pub(super) struct NewRole {
    pub(super) role: Role,
}

/// A membership after a change.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Membership"))]
pub(super) struct Member {
    user_id: UserId,
    /// The user's name in D1; `None` if the query failed.
    name: Option<String>,
    role: Role,
    joined_at: Timestamp,
    muted_until: Option<Timestamp>,
}

/// The membership after a command that changes it, with 201 if the command created it.
pub(super) async fn member(caller: &Caller, reply: Reply) -> Outcome {
    match reply {
        Reply::Member { user_id, role, joined_at, muted_until, created } => {
            // The change is committed already: an answer without the name is better than an error.
            let user = caller.store().user(caller.tenant(), &user_id, caller.now()).await.ok().flatten();
            made(created, &Member { user_id, name: user.map(|user| user.name), role, joined_at, muted_until })
        }
        _ => Err(unexpected()),
    }
}
