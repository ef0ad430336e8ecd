//! The audit log. Entries go in with the act they tell of; the schema keeps them from being changed or deleted.

use crate::database::{Statement, StorageError};
use crate::decode::to_json;
use campana_core::audit::Audit;
use campana_core::ids::TenantId;
use campana_schema::audits;

/// The statement that writes an entry, for the batch of its act. An entry that is there already stays as it is.
pub(crate) fn append(tenant: &TenantId, audit: &Audit) -> Result<Statement, StorageError> {
    let params = [
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
    Ok(Statement::new(audits::APPEND, params))
}
