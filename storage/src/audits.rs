//! The audit log. Entries go in with the act they tell of; the schema keeps them from being changed or deleted.

use crate::Store;
use crate::database::{Row, Statement, StorageError, Value};
use crate::decode::{decode_all, json, millis, to_json};
use campana_core::accounts::audit::Audit;
use campana_core::shared::ids::{AuditId, ConversationId, TenantId, UserId};
use campana_core::shared::timestamp::Timestamp;
use campana_schema::Query;
use campana_schema::audits;
use serde::{Deserialize, Serialize};

/// Sorts after every UUID.
const AFTER_ALL_IDS: &str = "~";

/// An entry as administrators see it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Ids are in the order of time.
    pub id: AuditId,
    /// Who did it.
    pub actor_id: UserId,
    /// What; one that this version does not know is shown all the same.
    pub action: String,
    /// What kind of thing it was done to.
    pub target_type: String,
    /// To which.
    pub target_id: String,
    /// Why.
    pub reason: Option<String>,
    /// What changed.
    #[serde(deserialize_with = "json")]
    pub metadata: Row,
    /// When.
    #[serde(deserialize_with = "millis")]
    pub created_at: Timestamp,
}

/// Which entries to list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuditFilter {
    /// Done by this person.
    pub actor_id: Option<UserId>,
    /// Done to this thing or person.
    pub target_id: Option<String>,
    /// Of this kind.
    pub action: Option<String>,
    /// Not before.
    pub since: Option<Timestamp>,
    /// Not after.
    pub until: Option<Timestamp>,
}

impl Store {
    /// Entries, newest first, of those before a given one.
    pub async fn list_audits(
        &self,
        tenant: &TenantId,
        filter: &AuditFilter,
        before: Option<&AuditId>,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, StorageError> {
        let AuditFilter { actor_id, target_id, action, .. } = filter;
        // Each way to ask has its index, so that a page costs the same in a log of any length.
        let sql = match (actor_id, target_id, action) {
            (_, Some(_), _) => audits::LIST_BY_TARGET,
            (Some(_), None, Some(_)) => audits::LIST_BY_ACTOR_AND_ACTION,
            (Some(_), None, None) => audits::LIST_BY_ACTOR,
            (None, None, Some(_)) => audits::LIST_BY_ACTION,
            (None, None, None) => audits::LIST,
        };
        let first = |at: Timestamp| AuditId::new(at, [0; 10]);
        let from = filter.since.map(first);
        let after_last = filter.until.map(|at| first(at.plus_millis(1)));
        let end = [before, after_last.as_ref()].into_iter().flatten().map(AuditId::as_str).min();
        let mut params = vec![
            tenant.into(),
            from.as_ref().map_or("", AuditId::as_str).into(),
            end.unwrap_or(AFTER_ALL_IDS).into(),
            limit.into(),
        ];
        let asked = [actor_id.as_ref().map(UserId::as_str), target_id.as_deref(), action.as_deref()];
        params.extend(asked.into_iter().map(Value::from));
        decode_all(self.db.query(Statement::fitting(sql, params)).await?)
    }
}

impl Store {
    /// Writes an entry about an act that is not the record's own.
    pub async fn append_audit(&self, tenant: &TenantId, audit: &Audit) -> Result<(), StorageError> {
        self.db.query(append(tenant, audit)?).await.map(drop)
    }
}

/// The statement that writes an entry, for the batch of its act. An entry that is there already stays as it is.
pub(crate) fn append(tenant: &TenantId, audit: &Audit) -> Result<Statement, StorageError> {
    entry(audits::APPEND, tenant, audit, [])
}

/// The same, only if somebody becomes a member by what follows it.
pub(crate) fn append_before_adding(
    tenant: &TenantId,
    conversation: &ConversationId,
    audit: &Audit,
) -> Result<Statement, StorageError> {
    entry(audits::APPEND_BEFORE_ADDING, tenant, audit, [conversation.into()])
}

/// The same, only if its target is a member.
pub(crate) fn append_about_member(
    tenant: &TenantId,
    conversation: &ConversationId,
    audit: &Audit,
) -> Result<Statement, StorageError> {
    entry(audits::APPEND_ABOUT_MEMBER, tenant, audit, [conversation.into()])
}

/// The same, only if its target is muted or banned.
pub(crate) fn append_about_sanction(
    tenant: &TenantId,
    conversation: &ConversationId,
    kind: &str,
    audit: &Audit,
) -> Result<Statement, StorageError> {
    entry(audits::APPEND_ABOUT_SANCTION, tenant, audit, [conversation.into(), kind.into()])
}

/// The same, only if its target is a room that can be changed, or deleted.
pub(crate) fn append_about_room(
    tenant: &TenantId,
    is_deletion: bool,
    audit: &Audit,
) -> Result<Statement, StorageError> {
    entry(audits::APPEND_ABOUT_ROOM, tenant, audit, [i64::from(is_deletion).into()])
}

/// The same, only if its target is an invite that can be accepted.
pub(crate) fn append_about_invite(tenant: &TenantId, audit: &Audit) -> Result<Statement, StorageError> {
    entry(audits::APPEND_ABOUT_INVITE, tenant, audit, [])
}

fn entry<const N: usize>(
    query: Query,
    tenant: &TenantId,
    audit: &Audit,
    more: [Value; N],
) -> Result<Statement, StorageError> {
    let mut params = vec![
        (&audit.id).into(),
        tenant.into(),
        (&audit.actor_id).into(),
        audit.action.as_str().into(),
        audit.action.target().as_str().into(),
        (&audit.target_id).into(),
        audit.reason.as_ref().into(),
        to_json(&audit.metadata)?.into(),
        audit.created_at.into(),
    ];
    params.extend(more);
    Ok(Statement { query, params })
}
