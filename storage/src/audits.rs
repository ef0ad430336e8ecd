//! The audit log. An entry is written in the batch of its act; triggers refuse changes and early deletions.

use crate::Store;
use crate::database::{AFTER_ALL_IDS, Row, Statement, StorageError, Value};
use crate::decode::{decode_all, json, millis, to_json};
use campana_core::accounts::audit::{Act, Audit};
use campana_core::shared::ids::{AuditId, TenantId, UserId};
use campana_core::shared::timestamp::Timestamp;
use campana_schema::Query;
use campana_schema::audits;
use serde::{Deserialize, Serialize};

/// An entry as administrators see it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AuditEntry {
    /// Id; ids sort by time.
    pub id: AuditId,
    /// The acting user.
    pub actor_id: UserId,
    /// Action; one that this version does not know is returned too.
    pub action: String,
    /// Type of the target.
    pub target_type: String,
    /// Id of the target.
    pub target_id: String,
    /// Reason.
    pub reason: Option<String>,
    /// Details of the change.
    #[serde(deserialize_with = "json")]
    pub metadata: Row,
    /// Time of the act.
    #[serde(deserialize_with = "millis")]
    pub created_at: Timestamp,
}

/// Which entries to list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuditFilter {
    /// Only acts of this user.
    pub actor_id: Option<UserId>,
    /// Only acts on this target.
    pub target_id: Option<String>,
    /// Only this action.
    pub action: Option<String>,
    /// Earliest time, inclusive.
    pub since: Option<Timestamp>,
    /// Latest time, inclusive.
    pub until: Option<Timestamp>,
}

impl Store {
    /// Entries before a given one, newest first.
    pub async fn list_audits(
        &self,
        tenant: &TenantId,
        filter: &AuditFilter,
        before: Option<&AuditId>,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, StorageError> {
        let AuditFilter { actor_id, target_id, action, .. } = filter;
        // Each combination has its index, so that a page costs the same in a log of any length.
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
        let filters = [actor_id.as_ref().map(UserId::as_str), target_id.as_deref(), action.as_deref()];
        params.extend(filters.into_iter().map(Value::from));
        decode_all(self.db.query(Statement::fitting(sql, params)).await?)
    }
}

impl Store {
    /// Writes an entry about an act outside the record.
    pub async fn append_audit(&self, tenant: &TenantId, audit: &Audit) -> Result<(), StorageError> {
        self.db.query(append(tenant, audit)?).await.map(drop)
    }

    /// Writes an entry of one of two acts that take turns about a target, as beginnings and ends do. Nothing if the newest entry about the
    /// target is of the same act: then this is a repeat, or a part of what it recorded.
    pub async fn append_alternating_audit(
        &self,
        tenant: &TenantId,
        audit: &Audit,
        acts: [Act; 2],
    ) -> Result<(), StorageError> {
        let acts = to_json(&acts)?;
        self.db.query(audited(audits::APPEND_ALTERNATING, tenant, audit, [acts.into()])?).await.map(drop)
    }
}

/// Statement that writes an entry, for the batch of its act. An existing entry stays unchanged.
pub(crate) fn append(tenant: &TenantId, audit: &Audit) -> Result<Statement, StorageError> {
    audited(audits::APPEND, tenant, audit, [])
}

/// Statement that writes an entry, for the batch of its act; `query` says on which condition, which may need `more`
/// parameters.
pub(crate) fn audited<const N: usize>(
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

#[cfg(test)]
mod tests {
    use campana_core::accounts::audit::{Act, Target};

    #[test]
    fn the_command_that_changes_apps_writes_acts_that_administrators_can_filter() {
        let actions = include_str!("../../scripts/lib/operator-actions.json");
        let actions: Vec<Act> = serde_json::from_str(actions).expect("the file lists acts");
        assert!(actions.iter().all(|act| act.target() == Target::App));
        let of_apps = Act::ALL.iter().copied().filter(|act| act.as_str().starts_with("app."));
        assert_eq!(actions, of_apps.collect::<Vec<_>>());
    }
}
