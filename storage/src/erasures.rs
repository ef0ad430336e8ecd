//! Erasures of users: the jobs with their progress, and what they blank or delete in the record.
//!
//! Every statement may be repeated, and changes a bounded number of rows. `docs/erasure.md` lists all tables.

use crate::Store;
use crate::audits;
use crate::database::{Statement, StorageError, Value};
use crate::decode::{flag, json, millis, millis_or_null, to_json};
use crate::messages::flushed;
use crate::push_devices;
use crate::revocations::revoke_of_user;
use campana_core::accounts::audit::Audit;
use campana_core::accounts::revocation::Revocation;
use campana_core::alerts::AlertId;
use campana_core::chat::erasure::{EraseMessages, Progress, SETTLING_MS};
use campana_core::chat::flush::FlushedMessage;
use campana_core::shared::fold::fold;
use campana_core::shared::ids::{ConversationId, FileId, ScheduledId, TenantId, UserId};
use campana_core::shared::timestamp::Timestamp;
use campana_schema::{Query, erasures, files, members, messages};
use serde::Deserialize;

/// Messages of a deleted conversation that one call blanks.
const PAGE: u32 = 200;
/// Places of trails that one call deletes.
const TRAIL: u32 = 2_000;

/// An erasure of a user.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Erasure {
    /// Tenant.
    #[serde(rename = "tenant_id")]
    pub tenant: TenantId,
    /// The user.
    pub user_id: UserId,
    /// The administrator who requested it.
    pub requested_by: UserId,
    /// When.
    #[serde(deserialize_with = "millis")]
    pub requested_at: Timestamp,
    /// What was written later stays.
    #[serde(deserialize_with = "millis")]
    pub up_to: Timestamp,
    /// How far it is.
    #[serde(deserialize_with = "json")]
    pub progress: Progress,
    /// Number of steps whose progress is stored.
    pub rev: i64,
    /// When the next step was due, when this was read.
    #[serde(deserialize_with = "millis")]
    pub next_at: Timestamp,
    /// When it ended.
    #[serde(deserialize_with = "millis_or_null")]
    pub ended_at: Option<Timestamp>,
}

/// What is known of a conversation that its object does not serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct ConversationStanding {
    /// Whether it is deleted, or hidden.
    #[serde(deserialize_with = "flag")]
    pub is_deleted: bool,
    /// Whether it is hidden because it is being imported.
    #[serde(deserialize_with = "flag")]
    pub is_imported: bool,
}

/// A file of a user.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct OwnFile {
    /// Its id.
    pub id: FileId,
    /// Whether its bytes may be on their way still.
    #[serde(deserialize_with = "flag")]
    pub is_unfinished: bool,
}

/// Statements that delete or blank rows of a user, with the parameters tenant, user, last time, and number of rows.
const OWN_ROWS: [Query; 13] = [
    erasures::DRAFTS,
    erasures::SAVED_MESSAGES,
    erasures::NOTIFICATIONS,
    erasures::PREFERENCES,
    erasures::BLOCKS,
    erasures::IDEMPOTENCY_KEYS,
    erasures::PRESENCE,
    erasures::PUSH_DEVICES,
    erasures::INVITES,
    erasures::SCHEDULED,
    erasures::ACTORS,
    erasures::REPORTS,
    erasures::SANCTIONS,
];

impl Store {
    /// Begins the erasure of a user: revokes their identities, and writes the audit entry. `None`, without a change, if an erasure of
    /// theirs is not finished, if they have not come back since the last one, or if they are not known.
    pub async fn begin_erasure(
        &self,
        tenant: &TenantId,
        user: &UserId,
        audit: &Audit,
        now: Timestamp,
    ) -> Result<Option<Revocation>, StorageError> {
        let progress = to_json(&Progress { began_at: now, ..Progress::default() })?;
        let params = [
            tenant.into(),
            user.into(),
            (&audit.actor_id).into(),
            now.into(),
            now.plus_millis(SETTLING_MS).into(),
            progress.into(),
        ];
        let adopt = [tenant.into(), user.into(), fold(user.as_str()).into(), now.into()];
        if !self.any(erasures::MAY_BEGIN, [tenant.into(), user.into()]).await? {
            return Ok(None);
        }
        let statements = vec![
            revoke_of_user(tenant, user, now),
            audits::append(tenant, audit)?,
            push_devices::remove_of_user(tenant, user),
            Statement::new(erasures::ADOPT, adopt),
            Statement::new(erasures::BEGIN, params),
        ];
        crate::revocations::revoked(self.db.batch(statements).await?).map(Some)
    }

    /// The newest erasure of a user.
    pub async fn erasure(&self, tenant: &TenantId, user: &UserId) -> Result<Option<Erasure>, StorageError> {
        self.row(erasures::GET, [tenant.into(), user.into()]).await
    }

    /// The erasure of any tenant whose next step has been due for longest.
    pub async fn due_erasure(&self, now: Timestamp) -> Result<Option<Erasure>, StorageError> {
        self.row(erasures::DUE, [now.into()]).await
    }

    /// Stores the progress of a step, and when the next one is due; `None` if there is none. False if another step has stored its
    /// progress since `erasure` was read.
    pub async fn save_erasure(
        &self,
        erasure: &Erasure,
        next_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<bool, StorageError> {
        let params = [
            (&erasure.tenant).into(),
            (&erasure.user_id).into(),
            erasure.rev.into(),
            to_json(&erasure.progress)?.into(),
            next_at.unwrap_or(now).into(),
            next_at.is_none().then_some(now).into(),
        ];
        self.any(erasures::SAVE, params).await
    }

    /// Blanks the user's name and picture, unless they have come back.
    pub async fn erase_person(&self, erasure: &Erasure, now: Timestamp) -> Result<(), StorageError> {
        let Erasure { tenant, user_id, up_to, .. } = erasure;
        let folded = fold(user_id.as_str());
        let blank = [tenant.into(), user_id.into(), folded.into(), now.into(), (*up_to).into()];
        let statements = vec![
            Statement::new(erasures::BLANK_USER, blank),
            Statement::new(erasures::FORGET_WORDS, [tenant.into(), user_id.into()]),
        ];
        self.db.batch(statements).await.map(drop)
    }

    /// The first conversation after `after` with something of the user.
    pub async fn next_conversation_of(
        &self,
        tenant: &TenantId,
        user: &UserId,
        after: &str,
    ) -> Result<Option<ConversationId>, StorageError> {
        let found: Vec<Option<ConversationId>> =
            self.column(erasures::NEXT_CONVERSATION, [tenant.into(), user.into(), after.into()]).await?;
        Ok(found.into_iter().flatten().next())
    }

    /// Messages to erase in a conversation, in order, from the position after `asked.after` on.
    pub async fn messages_to_erase(
        &self,
        asked: &EraseMessages,
        limit: u32,
    ) -> Result<Vec<FlushedMessage>, StorageError> {
        let EraseMessages { tenant, conversation_id, user_id, up_to, after } = asked;
        let params =
            [tenant.into(), user_id.into(), conversation_id.into(), (*after).into(), (*up_to).into(), limit.into()];
        self.db.query(Statement::new(erasures::MESSAGES, params)).await?.into_iter().map(flushed).collect()
    }

    /// Messages of a user in a conversation that wait for their time.
    pub async fn scheduled_to_erase(
        &self,
        asked: &EraseMessages,
        limit: u32,
    ) -> Result<Vec<ScheduledId>, StorageError> {
        let EraseMessages { tenant, conversation_id, user_id, up_to, .. } = asked;
        let params = [tenant.into(), user_id.into(), conversation_id.into(), (*up_to).into(), limit.into()];
        self.column(erasures::PENDING_SCHEDULED, params).await
    }

    /// What is known of a conversation that its object does not serve.
    pub async fn conversation_standing(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
    ) -> Result<Option<ConversationStanding>, StorageError> {
        self.row(erasures::CONVERSATION, [tenant.into(), conversation.into()]).await
    }

    /// Blanks a page of the user's messages in a deleted conversation, of which no object keeps counts, and ends their membership.
    /// Returns the number of messages, and the position after which the next page begins.
    pub async fn erase_in_deleted(
        &self,
        asked: &EraseMessages,
        now: Timestamp,
    ) -> Result<(u64, Option<i64>), StorageError> {
        let EraseMessages { tenant, conversation_id, user_id, .. } = asked;
        let page = self.messages_to_erase(asked, PAGE).await?;
        let statement =
            |query, json: String| Statement::new(query, [tenant.into(), conversation_id.into(), json.into()]);
        let mut statements = Vec::new();
        if !page.is_empty() {
            let positions = to_json(&page.iter().map(|row| row.message.seq).collect::<Vec<_>>())?;
            let blank = [tenant.into(), conversation_id.into(), positions.clone().into(), now.into()];
            statements.push(Statement::new(erasures::BLANK_MESSAGES, blank));
            for query in
                [messages::REMOVE_VERSIONS, messages::REMOVE_MENTIONS, messages::REMOVE_REACTIONS, files::REMOVE_USES]
            {
                statements.push(statement(query, positions.clone()));
            }
        }
        let next = (page.len() == PAGE as usize).then(|| page.last().map(|row| row.message.seq)).flatten();
        if next.is_none() {
            for query in [members::COUNT_ONE_LESS, members::REMOVE] {
                statements.push(Statement::new(query, [tenant.into(), conversation_id.into(), user_id.into()]));
            }
        }
        if !statements.is_empty() {
            self.db.batch(statements).await?;
        }
        Ok((u64::try_from(page.len()).unwrap_or(u64::MAX), next))
    }

    /// Deletes entries of a conversation's log that the record could not take and that name the user.
    pub async fn erase_quarantined(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
        user: &UserId,
    ) -> Result<(), StorageError> {
        self.run(erasures::QUARANTINED, [tenant.into(), conversation.into(), to_json(user)?.into()]).await
    }

    /// Blanks the user's name at a page of their reactions. Returns the place after which the next page begins.
    pub async fn erase_reactions(
        &self,
        erasure: &Erasure,
        after: (&str, i64),
        limit: u32,
    ) -> Result<Option<(ConversationId, i64)>, StorageError> {
        #[derive(Deserialize)]
        struct Place {
            conversation_id: ConversationId,
            seq: i64,
        }
        let Erasure { tenant, user_id, up_to, .. } = erasure;
        let params = [tenant.into(), user_id.into(), after.0.into(), after.1.into(), limit.into()];
        let page: Vec<Place> = self.rows(erasures::REACTIONS, params).await?;
        // A person has at most 4 reactions to a message. Those of the last message may go on after the page, and are found again.
        let is_last = page.len() < limit as usize;
        let places: Vec<(&ConversationId, i64)> =
            page.iter().map(|place| (&place.conversation_id, place.seq)).collect();
        if !places.is_empty() {
            let params = [tenant.into(), user_id.into(), to_json(&places)?.into(), (*up_to).into()];
            self.run(erasures::BLANK_REACTIONS, params).await?;
        }
        Ok(page.into_iter().next_back().filter(|_| !is_last).map(|place| (place.conversation_id, place.seq)))
    }

    /// Deletes or blanks rows that are the user's alone, at most `limit` of each kind. Returns whether there may be more.
    pub async fn erase_rows(&self, erasure: &Erasure, limit: u32) -> Result<bool, StorageError> {
        let Erasure { tenant, user_id, up_to, .. } = erasure;
        let params = || [tenant.into(), user_id.into(), (*up_to).into(), limit.into()];
        let statements = OWN_ROWS.map(|query| Statement::new(query, params()));
        let results = self.db.batch(statements.into()).await?;
        Ok(results.iter().any(|rows| rows.len() >= limit as usize))
    }

    /// Takes files of the user, oldest first: nobody can send them any more. Found again until they are removed.
    pub async fn take_own_files(&self, erasure: &Erasure, limit: u32) -> Result<Vec<OwnFile>, StorageError> {
        let Erasure { tenant, user_id, up_to, .. } = erasure;
        let params = [tenant.into(), user_id.into(), (*up_to).into(), limit.into()];
        let found: Vec<OwnFile> = self.rows(erasures::FILES, params).await?;
        if !found.is_empty() {
            let ids: Vec<&FileId> = found.iter().map(|file| &file.id).collect();
            self.run(erasures::TAKE_FILES, [tenant.into(), to_json(&ids)?.into()]).await?;
        }
        Ok(found)
    }

    /// Blanks a page of the user's alerts that have ended. Returns the place after which the next page begins; the same place, if a
    /// trail has more.
    pub async fn erase_alerts(
        &self,
        erasure: &Erasure,
        after: (i64, &str),
        limit: u32,
    ) -> Result<Option<(i64, String)>, StorageError> {
        #[derive(Deserialize)]
        struct Ended {
            id: AlertId,
            created_at: i64,
        }
        let Erasure { tenant, user_id, up_to, .. } = erasure;
        let params = [tenant.into(), user_id.into(), (*up_to).into(), after.0.into(), after.1.into(), limit.into()];
        let page: Vec<Ended> = self.rows(erasures::ALERTS, params).await?;
        let Some(last) = page.last() else { return Ok(None) };
        let ids: Value = to_json(&page.iter().map(|alert| &alert.id).collect::<Vec<_>>())?.into();
        let of_user = |query| Statement::new(query, [tenant.into(), user_id.into(), ids.clone()]);
        let of_alerts = |query| Statement::new(query, [tenant.into(), ids.clone()]);
        let statements = vec![
            Statement::new(erasures::TRAILS, [tenant.into(), ids.clone(), TRAIL.into()]),
            of_user(erasures::BLANK_ALERTS),
            of_user(erasures::BLANK_ENTRIES),
            of_alerts(erasures::REMOVE_VIEW_ENTRIES),
            of_alerts(erasures::REMOVE_VIEWS),
        ];
        let results = self.db.batch(statements).await?;
        if results.first().is_some_and(|rows| rows.len() >= TRAIL as usize) {
            return Ok(Some((after.0, after.1.to_owned())));
        }
        let is_last = page.len() < limit as usize;
        Ok(Some((last.created_at, last.id.as_str().to_owned())).filter(|_| !is_last))
    }

    /// Whether the user has an open alert.
    pub async fn has_open_alert(&self, erasure: &Erasure) -> Result<bool, StorageError> {
        let Erasure { tenant, user_id, up_to, .. } = erasure;
        self.any(erasures::HAS_OPEN_ALERT, [tenant.into(), user_id.into(), (*up_to).into()]).await
    }
}
