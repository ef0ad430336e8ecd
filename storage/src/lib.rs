//! The record (D1): a port to a SQL database ([`Database`]) and the queries on it by topic ([`Store`]).
//!
//! Every statement is a file of the schema crate and runs unchanged on D1 and on in-process SQLite, so an adapter only
//! transports statements and rows. Every query is bound to a tenant, except scheduled sweeps and look-ups by a globally
//! unique key. Authorization is the caller's job: nothing here checks the policy.

mod alerts;
mod apps;
mod audits;
mod blocks;
mod cached_channels;
mod conversations;
mod counters;
mod creations;
mod database;
mod decode;
mod drafts;
mod erasures;
mod exports;
mod file_scans;
mod files;
mod gateways;
mod idempotency;
mod imports;
mod invites;
mod members;
mod messages;
mod names;
mod notification_preferences;
mod notifications;
mod pieces;
mod preferences;
mod presence;
mod privacy;
mod purge;
mod push_devices;
mod quarantine;
mod reports;
mod revocations;
mod rooms;
mod sanctions;
mod saved_messages;
mod scheduled;
mod search;
mod standing;
mod targets;
mod tickets;
mod users;

#[cfg(feature = "contract")]
#[expect(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "test cases"
)]
pub mod contract;
#[cfg(feature = "contract")]
mod failing;
#[cfg(feature = "sqlite")]
mod sqlite;

pub use alerts::{AlertFilter, AlertPlace, AlertState, DeliveryKey, MAX_ACTIVE_ALERTS, Overdue};
pub use apps::{App, DEMO_SECRET};
pub use audits::{AuditEntry, AuditFilter};
pub use blocks::Block;
pub use campana_schema::Query;
pub use conversations::{Conversation, ConversationType, Direct, InboxFilter, NewDirect, NewGroup};
pub use counters::{AuthFailures, Counter};
pub use creations::{CreationKind, Reservation, Reserved};
pub use database::{BoxFuture, Database, Row, Statement, StorageError, Value};
pub use drafts::DraftPlace;
pub use erasures::{ConversationStanding, Erasure, OwnFile};
pub use exports::{ExportPage, ExportPlace, Exported};
#[cfg(feature = "contract")]
pub use failing::{Failing, Fault};
pub use file_scans::{DueScan, FileScan};
pub use files::{FileClaim, NewFile, SeenFile, StoredContent, UnusedFile};
pub use idempotency::Begun;
pub use imports::{ImportCounts, Opened};
pub use invites::{Acceptance, Accepted, InviteCard, InviteView, InvitedTo};
pub use members::{Added, Member, NewMember};
pub use messages::{Flushed, FollowedThread, INBOXES, LastMessage, Quote, Reaction, RecordedMessage, ThreadPlace};
pub use names::Placed;
pub use notifications::{
    AppNotification, FlushedNotifications, MAX_COUNTED_NOTIFICATIONS, MAX_SHARED_NOTIFICATIONS, NotificationsReader,
    NotificationsStep, Notified, RecipientPage, SharedRecipient, SharedWithdrawn, Withdrawn,
};
pub use preferences::Unarchived;
pub use presence::{OWN_CHANNEL, OnlineMember};
pub use privacy::{Reader, Readers};
pub use purge::{DueLog, Ended, Keeping, LogSettlement, Retained};
pub use push_devices::PushDevice;
pub use reports::{AddedReport, NewReport, Resolution};
pub use rooms::{NewRoom, Room, RoomChange, RoomFilter};
pub use sanctions::{Ban, BanInForce, NewSanction, SanctionKind};
pub use saved_messages::SavedMessage;
pub use scheduled::{NewScheduled, Scheduled};
pub use search::{FoundConversation, ListedConversation, ListedPlace, ReadableMessage};
#[cfg(feature = "sqlite")]
pub use sqlite::Sqlite;
pub use standing::Standing;
pub use targets::NewPlaces;
pub use users::{OnlineUser, User};

use campana_core::accounts::sealed::SecretsKeys;
use decode::{decode_all, decode_column, decode_first, last};
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// The record, on any [`Database`]. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    db: Arc<dyn Database>,
    secrets_keys: Arc<SecretsKeys>,
}

impl Store {
    /// The record in a database whose migrations are applied.
    pub fn new(db: Arc<dyn Database>) -> Self {
        Self { db, secrets_keys: Arc::default() }
    }

    /// The same record with keys that decrypt app secrets. Without them, an app whose secret is encrypted cannot be read.
    #[must_use]
    pub fn with_secrets_keys(self, secrets_keys: Arc<SecretsKeys>) -> Self {
        Self { secrets_keys, ..self }
    }

    /// Runs a statement. Returns its rows as a type.
    async fn rows<T: DeserializeOwned, const N: usize>(
        &self,
        query: Query,
        params: [Value; N],
    ) -> Result<Vec<T>, StorageError> {
        decode_all(self.db.query(Statement::new(query, params)).await?)
    }

    /// Runs a statement. Returns its first row as a type, if there is one.
    async fn row<T: DeserializeOwned, const N: usize>(
        &self,
        query: Query,
        params: [Value; N],
    ) -> Result<Option<T>, StorageError> {
        decode_first(self.db.query(Statement::new(query, params)).await?)
    }

    /// Runs a statement with one column. Returns its values.
    async fn column<T: DeserializeOwned, const N: usize>(
        &self,
        query: Query,
        params: [Value; N],
    ) -> Result<Vec<T>, StorageError> {
        decode_column(self.db.query(Statement::new(query, params)).await?)
    }

    /// Runs a statement. Returns whether it has a row.
    async fn any<const N: usize>(&self, query: Query, params: [Value; N]) -> Result<bool, StorageError> {
        Ok(!self.db.query(Statement::new(query, params)).await?.is_empty())
    }

    /// Runs a statement without a result.
    async fn run<const N: usize>(&self, query: Query, params: [Value; N]) -> Result<(), StorageError> {
        self.db.query(Statement::new(query, params)).await.map(drop)
    }

    /// Runs statements in one transaction. Returns whether the last one has a row.
    async fn batch_any(&self, statements: Vec<Statement>) -> Result<bool, StorageError> {
        Ok(!last(self.db.batch(statements).await?)?.is_empty())
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}
