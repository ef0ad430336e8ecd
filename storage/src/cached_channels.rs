//! Register of public cache channels with a cached event. The channel's object stores the event itself.

use crate::Store;
use crate::database::StorageError;
use campana_core::pusher::channel::ChannelName;
use campana_core::shared::ids::TenantId;
use campana_core::shared::timestamp::Timestamp;
use campana_schema::cached_channels;

impl Store {
    /// Records that the object of a channel caches an event, until `until` at the latest.
    pub async fn keep_event(
        &self,
        tenant: &TenantId,
        channel: &ChannelName,
        until: Timestamp,
    ) -> Result<(), StorageError> {
        self.run(cached_channels::KEEP, [tenant.into(), channel.into(), until.into()]).await
    }

    /// Whether the object of a channel may have a cached event.
    pub async fn keeps_event(
        &self,
        tenant: &TenantId,
        channel: &ChannelName,
        now: Timestamp,
    ) -> Result<bool, StorageError> {
        self.any(cached_channels::KEPT, [tenant.into(), channel.into(), now.into()]).await
    }
}
