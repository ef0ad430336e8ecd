//! What people want to be notified of.

use crate::Store;
use crate::database::StorageError;
use crate::decode::{json, json_or_null, to_json};
use campana_core::chat::notification_preferences::{DoNotDisturb, KindChoices, NotificationPreferences};
use campana_core::shared::ids::{TenantId, UserId};
use campana_core::shared::timestamp::Timestamp;
use campana_schema::notification_preferences;
use serde::Deserialize;

#[derive(Deserialize)]
struct PreferencesRow {
    #[serde(deserialize_with = "json")]
    kinds: KindChoices,
    #[serde(deserialize_with = "json_or_null")]
    do_not_disturb: Option<DoNotDisturb>,
}

impl Store {
    /// What a user wants to be notified of; the defaults if they never said.
    pub async fn notification_preferences(
        &self,
        tenant: &TenantId,
        user: &UserId,
    ) -> Result<NotificationPreferences, StorageError> {
        let row = self.row(notification_preferences::GET, [tenant.into(), user.into()]).await?;
        let preferences = |PreferencesRow { kinds, do_not_disturb }| NotificationPreferences { kinds, do_not_disturb };
        Ok(row.map(preferences).unwrap_or_default())
    }

    /// Stores what a user wants to be notified of.
    pub async fn save_notification_preferences(
        &self,
        tenant: &TenantId,
        user: &UserId,
        preferences: &NotificationPreferences,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        let hours = preferences.do_not_disturb.as_ref().map(to_json).transpose()?;
        let params = [tenant.into(), user.into(), to_json(&preferences.kinds)?.into(), hours.into(), now.into()];
        self.run(notification_preferences::SAVE, params).await
    }
}
