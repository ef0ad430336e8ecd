//! `POST /api/chat/conversations`: returns the direct conversation with a user, created on first use, or creates a
//! group.

use super::allowance::{Allowance, exceeded};
use crate::identity::Caller;
use crate::request::{Creation, NewIds, idempotently, nobody, person, text};
use crate::response::{Outcome, Refusal, made};
use campana_core::shared::ids::UserId;
use campana_core::shared::json::check_free;
use campana_core::shared::limits::MAX_GROUP_MEMBERS;
use campana_core::shared::problem::{Kind, Problem};
use campana_storage::{Conversation, CreationKind, Direct, NewDirect, NewGroup, StorageError};
use serde::Deserialize;
use serde_json::{Map, Value};

/// Longest `report_id`, characters.
const MAX_REPORT_ID_CHARS: usize = 128;

/// A conversation to open or create.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ConversationDraft"))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum NewConversation {
    /// The direct conversation with a user.
    Dm {
        /// The other user.
        user_id: String,
    },
    /// A new group.
    Group {
        /// The other members: 1 to 99.
        user_ids: Vec<String>,
        /// The application's own object, at most 4 KiB and 16 levels deep.
        #[serde(default)]
        metadata: Map<String, Value>,
        /// The application's id of what the conversation is about, at most 128 characters.
        #[serde(default)]
        report_id: Option<String>,
    },
}

pub(crate) async fn handle(caller: Caller, Creation { key, body }: Creation<NewConversation>) -> Outcome {
    idempotently(&caller, key, async |ids| create(&caller, ids, body).await).await
}

async fn create(caller: &Caller, ids: NewIds, body: NewConversation) -> Outcome {
    match body {
        NewConversation::Dm { user_id } => {
            let other = person("user_id", &user_id)?;
            let (conversation, created) = direct(caller, &other, "user_id").await?;
            made(created, &conversation)
        }
        NewConversation::Group { user_ids, metadata, report_id } => {
            let others = user_ids.iter().map(|id| person("user_ids", id)).collect::<Result<_, _>>()?;
            let conversation = group(caller, ids, others, metadata, report_id).await?;
            caller.app.objects().remember(caller.tenant(), &conversation.id);
            made(true, &conversation)
        }
    }
}

/// The direct conversation with another user, and whether this call created it.
pub(in crate::api::chat) async fn direct(
    caller: &Caller,
    other: &UserId,
    field: &str,
) -> Result<(Conversation, bool), Refusal> {
    if other == caller.user_id() {
        return Err(Problem::new(Kind::NotToYourself, "a direct conversation is with somebody else").into());
    }
    let id = caller.app.new_conversation_id()?;
    let per_hour = (!caller.principal.admin).then_some(caller.record.limits.conversations_per_hour);
    let (tenant, me, now) = (caller.tenant(), caller.user_id(), caller.now());
    let found = caller.store().first_or_create_dm(&NewDirect { id: &id, tenant, me, other, per_hour, now }).await;
    let (conversation, created) = match found {
        Err(StorageError::Constraint) => return Err(nobody(field).into()),
        found => match found? {
            Direct::Found(conversation) => (conversation, false),
            Direct::Created(conversation) => (conversation, true),
            Direct::Blocked => return Err(Problem::blocked().into()),
            Direct::Exceeded { retry_after_ms } => {
                let per_hour = per_hour.unwrap_or_default();
                return Err(exceeded(CreationKind::Conversation, per_hour, retry_after_ms).into());
            }
        },
    };
    caller.app.objects().remember(caller.tenant(), &conversation.id);
    Ok((conversation, created))
}

async fn group(
    caller: &Caller,
    ids: NewIds,
    others: Vec<UserId>,
    metadata: Map<String, Value>,
    report_id: Option<String>,
) -> Result<Conversation, Refusal> {
    if others.is_empty() || others.len() >= MAX_GROUP_MEMBERS {
        let detail = format!("names 1 to {} people", MAX_GROUP_MEMBERS - 1);
        return Err(Problem::field("user_ids", detail).into());
    }
    check_free("metadata", &metadata)?;
    let report_id = report_id.map(|id| text("report_id", &id, MAX_REPORT_ID_CHARS)).transpose()?;
    let group = NewGroup {
        id: ids.conversation(),
        tenant: caller.tenant().clone(),
        me: caller.user_id().clone(),
        others,
        metadata,
        report_id: report_id.filter(|id| !id.is_empty()),
        now: caller.now(),
    };
    if caller.store().is_blocked_between(caller.tenant(), caller.user_id(), &group.others).await? {
        return Err(Problem::blocked().into());
    }
    let allowance = Allowance::take(caller, group.others_count()).await?;
    match caller.store().create_group(group).await {
        // The same ids mean an earlier call with this key created it but never answered. Without a row, a user is
        // unknown.
        Err(StorageError::Constraint) => {
            allowance.give_back(caller).await;
            let made_before =
                caller.store().conversation(caller.tenant(), &ids.conversation(), caller.user_id()).await?;
            Ok(made_before.ok_or_else(|| nobody("user_ids"))?)
        }
        created => Ok(created?),
    }
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    use serde_json::json;
    operation
        .named("createConversation", Tag::Conversations, "Open a direct conversation, or create a group")
        .about(
            "A user begins a limited number of conversations, and adds a limited number of people, in an hour (429).",
        )
        .sends(json!({"type": "group", "user_ids": ["8", "9"], "metadata": {"name": "Gardeners"}}))
        .refuses(&[Kind::NotToYourself, Kind::Blocked])
        .makes::<Conversation>(
            "The new conversation.",
            "The direct conversation, which exists already.",
            &examples::conversation(),
        );
}
