//! Scheduled messages. Their conversation's object sends them; it adds and settles the rows.

use crate::Store;
use crate::database::{Row, Statement, StorageError};
use crate::decode::{decode_all, decode_first, flag, json, json_or_null, last, millis, millis_or_null, to_json};
use crate::files::attachments;
use crate::notifications::{Notified, notified};
use crate::presence::OWN_CHANNEL;
use campana_core::accounts::principal::Principal;
use campana_core::chat::command::Draft;
use campana_core::chat::notifications::{OwnKind, notification_id};
use campana_core::chat::scheduled::{
    EndedMessage, PendingMessage, ScheduledMessage, ScheduledOutcome, ScheduledStatus,
};
use campana_core::chat::wire::MessageType;
use campana_core::files::Attachment;
use campana_core::shared::ids::{ConversationId, MessageId, ScheduledId, TenantId, UserId};
use campana_core::shared::limits::MAX_PENDING_SCHEDULED;
use campana_core::shared::timestamp::Timestamp;
use campana_schema::{notifications, presence, scheduled_messages};
use serde::Deserialize;
use serde_json::{Map, Value as Json, json as json_value};
use std::collections::BTreeSet;

/// A message to schedule.
#[derive(Debug, Clone, Copy)]
pub struct NewScheduled<'a> {
    /// The message, its author and its time.
    pub pending: &'a PendingMessage,
    /// Key of the request, unique for the author in the conversation.
    pub client_msg_id: &'a str,
    /// Time of the request.
    pub now: Timestamp,
}

/// Result of scheduling a message.
#[derive(Debug, Clone, PartialEq)]
pub enum Scheduled {
    /// It is scheduled.
    Now(ScheduledMessage),
    /// An earlier request had this key; the message as it is now.
    Before(ScheduledMessage),
    /// [`MAX_PENDING_SCHEDULED`] messages of the author wait already.
    Full,
}

#[derive(Deserialize)]
struct AuthorRow {
    user_id: UserId,
}

/// A scheduled message's columns.
#[derive(Deserialize)]
#[serde(remote = "ScheduledMessage")]
struct ScheduledColumns {
    id: ScheduledId,
    conversation_id: ConversationId,
    #[serde(deserialize_with = "millis")]
    send_at: Timestamp,
    status: ScheduledStatus,
    body: Option<String>,
    #[serde(rename = "type")]
    message_type: MessageType,
    #[serde(deserialize_with = "attachments")]
    attachments: Vec<Attachment>,
    #[serde(deserialize_with = "json_or_null")]
    metadata: Option<Map<String, Json>>,
    parent_id: Option<MessageId>,
    #[serde(deserialize_with = "flag")]
    also_in_channel: bool,
    quote_id: Option<MessageId>,
    client_msg_id: String,
    message_id: Option<MessageId>,
    problem: Option<String>,
    #[serde(deserialize_with = "millis")]
    created_at: Timestamp,
    #[serde(deserialize_with = "millis_or_null")]
    ended_at: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(transparent)]
struct ScheduledRow(#[serde(with = "ScheduledColumns")] ScheduledMessage);

#[derive(Deserialize)]
struct PendingRow {
    id: ScheduledId,
    #[serde(deserialize_with = "millis")]
    send_at: Timestamp,
    #[serde(deserialize_with = "json")]
    author: Principal,
    #[serde(deserialize_with = "json")]
    draft: Draft,
}

impl From<PendingRow> for PendingMessage {
    fn from(PendingRow { id, send_at, author, draft }: PendingRow) -> Self {
        Self { id, send_at, author, draft }
    }
}

#[derive(Deserialize)]
struct PlaceRow {
    tenant_id: TenantId,
    conversation_id: ConversationId,
}

impl Store {
    /// Schedules a message, unless its key was used before or too many of the author's wait. `Constraint` if the author
    /// is unknown.
    pub async fn schedule(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
        new: NewScheduled<'_>,
    ) -> Result<Scheduled, StorageError> {
        let PendingMessage { id, send_at, author, draft } = new.pending;
        let user = &author.user_id;
        let add = [
            id.into(),
            tenant.into(),
            conversation.into(),
            user.into(),
            new.client_msg_id.into(),
            (*send_at).into(),
            to_json(draft)?.into(),
            to_json(author)?.into(),
            i64::from(MAX_PENDING_SCHEDULED.saturating_sub(1)).into(),
            new.now.into(),
        ];
        let get = [tenant.into(), conversation.into(), user.into(), new.client_msg_id.into()];
        let mut statements = vec![Statement::new(scheduled_messages::ADD, add)];
        if !draft.attachments.is_empty() {
            let files = [tenant.into(), id.into(), to_json(&draft.attachments)?.into()];
            statements.push(Statement::new(scheduled_messages::ADD_FILES, files));
        }
        statements.push(Statement::new(scheduled_messages::GET_BY_KEY, get));
        let results = self.db.batch(statements).await?;
        let is_new = results.first().is_some_and(|rows| !rows.is_empty());
        Ok(match decode_first(last(results)?)? {
            Some(ScheduledRow(message)) if is_new => Scheduled::Now(message),
            Some(ScheduledRow(message)) => Scheduled::Before(message),
            None => Scheduled::Full,
        })
    }

    /// The user's scheduled message with this key in a conversation.
    pub async fn scheduled_with_key(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
        user: &UserId,
        client_msg_id: &str,
    ) -> Result<Option<ScheduledMessage>, StorageError> {
        let params = [tenant.into(), conversation.into(), user.into(), client_msg_id.into()];
        Ok(self.row(scheduled_messages::GET_BY_KEY, params).await?.map(|ScheduledRow(message)| message))
    }

    /// A scheduled message of a user.
    pub async fn scheduled(
        &self,
        tenant: &TenantId,
        user: &UserId,
        id: &ScheduledId,
    ) -> Result<Option<ScheduledMessage>, StorageError> {
        let row = self.row(scheduled_messages::GET, [tenant.into(), user.into(), id.into()]).await?;
        Ok(row.map(|ScheduledRow(message)| message))
    }

    /// A user's scheduled messages with a status, of all conversations or of one, earliest time first. `after` is the
    /// last one of the previous page: its time in milliseconds, and its id.
    pub async fn list_scheduled(
        &self,
        (tenant, user): (&TenantId, &UserId),
        status: ScheduledStatus,
        conversation: Option<&ConversationId>,
        after: Option<(i64, &ScheduledId)>,
        limit: u32,
    ) -> Result<Vec<ScheduledMessage>, StorageError> {
        let (at, id) = after.map_or((0, ""), |(at, id)| (at, id.as_str()));
        let params = [tenant.into(), user.into(), status.as_str().into(), at.into(), id.into(), limit.into()];
        let rows: Vec<ScheduledRow> = match conversation {
            None => self.rows(scheduled_messages::LIST, params).await?,
            Some(conversation) => {
                let [tenant, user, status, at, id, limit] = params;
                let params = [tenant, user, status, at, id, limit, conversation.into()];
                self.rows(scheduled_messages::LIST_OF_CONVERSATION, params).await?
            }
        };
        Ok(rows.into_iter().map(|ScheduledRow(message)| message).collect())
    }

    /// A conversation's messages that were due by a time and did not end, earliest first.
    pub async fn due_scheduled(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
        by: Timestamp,
        limit: u32,
    ) -> Result<Vec<PendingMessage>, StorageError> {
        let params = [tenant.into(), conversation.into(), by.into(), limit.into()];
        let rows: Vec<PendingRow> = self.rows(scheduled_messages::DUE, params).await?;
        Ok(rows.into_iter().map(PendingMessage::from).collect())
    }

    /// Writes how messages of a conversation ended. What ended before stays as it is. Returns the notifications of authors
    /// whose messages failed.
    pub async fn settle_scheduled(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
        ended: &[EndedMessage],
    ) -> Result<Vec<Notified>, StorageError> {
        let rows: Vec<Json> = ended.iter().map(settlement).collect();
        let settle = [tenant.into(), conversation.into(), to_json(&rows)?.into()];
        let mut statements = vec![Statement::new(scheduled_messages::SETTLE, settle)];
        let failed: Vec<Json> = ended.iter().filter_map(failure).collect();
        if failed.is_empty() {
            self.db.batch(statements).await?;
            return Ok(Vec::new());
        }
        let add = [tenant.into(), to_json(&failed)?.into()];
        statements.push(Statement::new(notifications::ADD_SCHEDULED_FAILED, add));
        notified(last(self.db.batch(statements).await?)?)
    }

    /// Removes a failed message of a user from their list.
    pub async fn dismiss_scheduled(
        &self,
        tenant: &TenantId,
        user: &UserId,
        id: &ScheduledId,
    ) -> Result<(), StorageError> {
        self.run(scheduled_messages::DISMISS, [tenant.into(), user.into(), id.into()]).await
    }

    /// Conversations of all tenants whose objects are to be asked again for messages that were due by a time. `limit` is
    /// a number of messages.
    pub async fn overdue_scheduled(
        &self,
        by: Timestamp,
        limit: u32,
    ) -> Result<Vec<(TenantId, ConversationId)>, StorageError> {
        let rows: Vec<PlaceRow> = self.rows(scheduled_messages::OVERDUE, [by.into(), limit.into()]).await?;
        Ok(rows.into_iter().map(|row| (row.tenant_id, row.conversation_id)).collect())
    }

    /// Notes when an object is to be asked again for its messages that were due by a time.
    pub async fn check_scheduled_later(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
        due_by: Timestamp,
        check_at: Timestamp,
    ) -> Result<(), StorageError> {
        let params = [tenant.into(), conversation.into(), due_by.into(), check_at.into()];
        self.run(scheduled_messages::CHECK_LATER, params).await
    }
}

/// Statements that settle messages which were sent, and then ask whose own channels are open. None for no messages.
pub(crate) fn settle_sent(
    tenant: &TenantId,
    conversation: &ConversationId,
    sent: &[EndedMessage],
    now: Timestamp,
) -> Result<Vec<Statement>, StorageError> {
    if sent.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<Json> = sent.iter().map(settlement).collect();
    let authors: BTreeSet<&UserId> = sent.iter().map(|message| &message.user_id).collect();
    let settle = [tenant.into(), conversation.into(), to_json(&rows)?.into()];
    let ask = [tenant.into(), OWN_CHANNEL.into(), to_json(&authors)?.into(), now.into()];
    Ok(vec![Statement::new(scheduled_messages::SETTLE, settle), Statement::new(presence::OPEN_CHANNELS, ask)])
}

/// The users that the last statement of [`settle_sent`] found.
pub(crate) fn authors_online(rows: Vec<Row>) -> Result<BTreeSet<UserId>, StorageError> {
    let authors: Vec<AuthorRow> = decode_all(rows)?;
    Ok(authors.into_iter().map(|author| author.user_id).collect())
}

/// What `notifications/add_scheduled_failed.sql` reads of a message that failed.
fn failure(ended: &EndedMessage) -> Option<Json> {
    let ScheduledOutcome::Failed { .. } = &ended.outcome else { return None };
    let id = notification_id(OwnKind::ScheduledFailed.as_str(), ended.id.as_str(), ended.ended_at);
    Some(json_value!({"id": id, "scheduled_id": ended.id}))
}

fn settlement(ended: &EndedMessage) -> Json {
    let (status, message_id, problem) = match &ended.outcome {
        ScheduledOutcome::Sent { message_id } => (ScheduledStatus::Sent, Some(message_id), None),
        ScheduledOutcome::Failed { problem } => (ScheduledStatus::Failed, None, Some(problem)),
        ScheduledOutcome::Cancelled => (ScheduledStatus::Cancelled, None, None),
    };
    json_value!({
        "id": ended.id, "status": status, "message_id": message_id, "problem": problem,
        "ended_at": ended.ended_at.millis(),
    })
}
