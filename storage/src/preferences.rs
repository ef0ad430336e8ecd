//! What members want of conversations: notifications, favorites, archived ones.

use crate::Store;
use crate::database::{Row, Statement, StorageError, Value};
use crate::decode::{decode, flag, json_or_null, millis_or_null, to_json};
use campana_core::chat::flush::FlushedMessage;
use campana_core::chat::preferences::{MuteChange, Notify, Preferences, PreferencesChange};
use campana_core::shared::ids::{ConversationId, TenantId, UserId};
use campana_core::shared::timestamp::Timestamp;
use campana_schema::members;
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;

#[derive(Deserialize)]
#[serde(remote = "Preferences")]
struct PreferencesColumns {
    #[serde(deserialize_with = "millis_or_null")]
    notifications_muted_until: Option<Timestamp>,
    notify: Notify,
    #[serde(deserialize_with = "flag")]
    favorite: bool,
    #[serde(deserialize_with = "flag")]
    archived: bool,
}

/// Preferences as a row has them.
#[derive(Deserialize)]
#[serde(transparent)]
struct PreferencesRow(#[serde(with = "PreferencesColumns")] Preferences);

/// The preferences in a column with JSON text or NULL.
pub(crate) fn preferences_or_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Preferences>, D::Error> {
    Ok(json_or_null::<PreferencesRow, D>(deserializer)?.map(|PreferencesRow(preferences)| preferences))
}

/// A member whose archived conversation a new message unarchived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unarchived {
    /// The member.
    pub user_id: UserId,
    /// Their preferences now.
    pub preferences: Preferences,
}

impl Store {
    /// Changes a member's preferences. Returns them after the change; `None` if the user is no member.
    pub async fn set_preferences(
        &self,
        (tenant, conversation, user): (&TenantId, &ConversationId, &UserId),
        change: PreferencesChange,
        now: Timestamp,
    ) -> Result<Option<Preferences>, StorageError> {
        let (is_changed, until) = match change.mute {
            MuteChange::Keep => (0, None),
            MuteChange::End => (1, None),
            MuteChange::Until(until) => (1, Some(until)),
        };
        let params = [
            tenant.into(),
            conversation.into(),
            user.into(),
            change.notify.map(Notify::as_str).into(),
            Value::Int(is_changed),
            until.into(),
            change.favorite.map(i64::from).into(),
            change.archived.map(i64::from).into(),
            now.into(),
        ];
        let row = self.row(members::SET_PREFERENCES, params).await?;
        Ok(row.map(|PreferencesRow(preferences)| preferences))
    }
}

/// Statement that unarchives the conversation of these new messages; `None` if nobody wrote one.
pub(crate) fn unarchive(
    tenant: &TenantId,
    conversation: &ConversationId,
    created: &[FlushedMessage],
) -> Result<Option<Statement>, StorageError> {
    let mut newest: BTreeMap<&UserId, i64> = BTreeMap::new();
    for FlushedMessage { message, .. } in created.iter().filter(|row| row.message.is_counted()) {
        let at = newest.entry(&message.sender_id).or_default();
        *at = message.created_at.millis().max(*at);
    }
    if newest.is_empty() {
        return Ok(None);
    }
    let sent = to_json(&newest.into_iter().collect::<Vec<_>>())?;
    Ok(Some(Statement::new(members::UNARCHIVE, [tenant.into(), conversation.into(), sent.into()])))
}

/// The rows of [`unarchive`].
pub(crate) fn unarchived(rows: Vec<Row>) -> Result<Vec<Unarchived>, StorageError> {
    #[derive(Deserialize)]
    struct Whose {
        user_id: UserId,
    }
    let read = |row: Row| {
        let Whose { user_id } = decode(row.clone())?;
        Ok(Unarchived { user_id, preferences: decode::<PreferencesRow>(row)?.0 })
    };
    rows.into_iter().map(read).collect()
}
