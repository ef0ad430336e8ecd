//! Revocations of identities. An app's newest ones are read with the app.

use crate::Store;
use crate::audits;
use crate::database::{Row, Statement, StorageError};
use crate::decode::{decode_first, millis, missing};
use crate::push_devices;
use campana_core::accounts::audit::Audit;
use campana_core::accounts::revocation::{NewestRevocations, Revocation, Subject};
use campana_core::shared::ids::{TenantId, UserId};
use campana_core::shared::timestamp::Timestamp;
use campana_schema::revocations;
use serde::Deserialize;

/// A row in the JSON of an app: kind, subject, before, version, effective from, handed over at.
pub(crate) type AppRevocation = (String, String, i64, i64, i64, Option<i64>);

#[derive(Deserialize)]
struct RevocationRow {
    tenant_id: TenantId,
    kind: String,
    subject: String,
    #[serde(deserialize_with = "millis")]
    before: Timestamp,
    version: i64,
    #[serde(deserialize_with = "millis")]
    effective_at: Timestamp,
}

impl RevocationRow {
    /// The tenant and the revocation. An error for a kind that this release does not know.
    fn read(self) -> Result<(TenantId, Revocation), StorageError> {
        let Self { tenant_id, kind, subject, before, version, effective_at } = self;
        let subject = Subject::parse(&kind, &subject)
            .ok_or_else(|| StorageError::Corrupt("a revocation's subject is unknown".to_owned()))?;
        Ok((tenant_id, Revocation { subject, before, version, effective_at }))
    }
}

/// The revocations of an app's row: the newest ones, and those of them that the quota registry does not have yet.
/// Leaves out kinds that this release does not know.
pub(crate) fn of_app(rows: Vec<AppRevocation>) -> (NewestRevocations, Vec<Revocation>) {
    let (mut newest, mut pending) = (Vec::new(), Vec::new());
    for (kind, subject, before, version, effective_at, handed_over_at) in rows {
        let Some(subject) = Subject::parse(&kind, &subject) else { continue };
        let [before, effective_at] = [before, effective_at].map(Timestamp::from_millis);
        let revocation = Revocation { subject, before, version, effective_at };
        if handed_over_at.is_none() {
            pending.push(revocation.clone());
        }
        newest.push(revocation);
    }
    (NewestRevocations::new(newest), pending)
}

/// The statement that ends all identities of a user that were issued up to `now`.
pub(crate) fn revoke_of_user(tenant: &TenantId, user: &UserId, now: Timestamp) -> Statement {
    Statement::new(revocations::REVOKE_USER, [tenant.into(), user.into(), now.into()])
}

/// The revocation that the first statement of a batch, [`revoke_of_user`], made.
pub(crate) fn revoked(results: Vec<Vec<Row>>) -> Result<Revocation, StorageError> {
    let row: Option<RevocationRow> = decode_first(results.into_iter().next().unwrap_or_default())?;
    Ok(row.ok_or_else(missing)?.read()?.1)
}

impl Store {
    /// Ends all identities of a user that were issued up to now, and writes the audit entry, in one batch.
    pub async fn revoke_user(
        &self,
        tenant: &TenantId,
        user: &UserId,
        audit: &Audit,
        now: Timestamp,
    ) -> Result<Revocation, StorageError> {
        // A device of theirs may be in other hands.
        let devices = push_devices::remove_of_user(tenant, user);
        let results =
            self.db.batch(vec![revoke_of_user(tenant, user, now), audits::append(tenant, audit)?, devices]).await?;
        revoked(results)
    }

    /// A user's revocation.
    pub async fn revocation_of_user(
        &self,
        tenant: &TenantId,
        user: &UserId,
    ) -> Result<Option<Revocation>, StorageError> {
        let row: Option<RevocationRow> = self.row(revocations::OF_USER, [tenant.into(), user.into()]).await?;
        row.map(|row| row.read().map(|(_, revocation)| revocation)).transpose()
    }

    /// Notes that the app's quota registry has a revocation. Does nothing if it was made again meanwhile.
    pub async fn revocation_handed_over(
        &self,
        tenant: &TenantId,
        version: i64,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        self.run(revocations::HANDED_OVER, [tenant.into(), version.into(), now.into()]).await
    }

    /// Revocations of all apps that were made up to `before` and that no quota registry has yet, oldest first.
    pub async fn revocations_to_hand_over(
        &self,
        before: Timestamp,
        limit: u32,
    ) -> Result<Vec<(TenantId, Revocation)>, StorageError> {
        let rows: Vec<RevocationRow> = self.rows(revocations::TO_HAND_OVER, [before.into(), limit.into()]).await?;
        rows.into_iter().map(RevocationRow::read).collect()
    }
}
