//! Tickets: short-lived single-use codes in place of a token. Only their hashes are stored.

use crate::Store;
use crate::database::StorageError;
use crate::decode::{json, millis, to_json};
use campana_core::accounts::principal::Principal;
use campana_core::shared::timestamp::Timestamp;
use campana_schema::tickets;
use serde::Deserialize;

#[derive(Deserialize)]
struct TicketRow {
    #[serde(deserialize_with = "json")]
    principal: Principal,
    #[serde(deserialize_with = "millis")]
    expires_at: Timestamp,
}

impl Store {
    /// Stores a ticket by its hash. `Constraint` if the hash exists.
    pub async fn create_ticket(
        &self,
        hash: &str,
        principal: &Principal,
        expires_at: Timestamp,
    ) -> Result<(), StorageError> {
        self.run(tickets::CREATE, [hash.into(), to_json(principal)?.into(), expires_at.into()]).await
    }

    /// Consumes a ticket. Returns its principal, `None` if the ticket is unknown, used or expired.
    pub async fn take_ticket(&self, hash: &str, now: Timestamp) -> Result<Option<Principal>, StorageError> {
        let ticket: Option<TicketRow> = self.row(tickets::TAKE, [hash.into()]).await?;
        Ok(ticket.filter(|ticket| ticket.expires_at > now).map(|ticket| ticket.principal))
    }
}
