//! Resolution of channels to the objects that own them.

use crate::Store;
use crate::conversations::{Direct, NewDirect};
use crate::database::StorageError;
use campana_core::accounts::app_config::AppConfig;
use campana_core::pusher::channel::{ChannelKind, ChannelName};
use campana_core::pusher::family::{Family, Pair};
use campana_core::pusher::link::Target;
use campana_core::shared::ids::{ConversationId, RoomId, TenantId, UserId};
use campana_core::shared::timestamp::Timestamp;

/// `created_by` of a general room that was made for an unknown user.
const NOBODY: &str = "system";

/// Ids for a direct conversation or general room that a look-up may have to create.
#[derive(Debug, Clone)]
pub struct NewPlaces {
    /// Id of a new general room.
    pub room: RoomId,
    /// Id of its conversation, or of a new direct conversation.
    pub conversation: ConversationId,
    /// Creation time.
    pub now: Timestamp,
}

impl Store {
    /// The object that owns a channel. With `new`, a missing direct conversation or general room is created; without,
    /// it is only looked up. If the conversation, the room or one of the two users does not exist, the channel has an
    /// object of its own: the application may use these names for its own purposes.
    ///
    /// `who` is the subscriber, if known.
    pub async fn target_of(
        &self,
        app_config: &AppConfig,
        channel: &ChannelName,
        who: Option<&UserId>,
        new: Option<&NewPlaces>,
    ) -> Result<Target, StorageError> {
        let tenant = &app_config.tenant;
        let conversation = match channel.family() {
            Family::Conversation(id) => self.facts(tenant, &id).await?.map(|facts| facts.id),
            Family::Room(id) => self.conversation_of_room(tenant, &id).await?,
            Family::Direct(pair) => self.conversation_of_pair(app_config, &pair, who, new).await?,
            Family::General if channel.kind() == ChannelKind::Public && !app_config.pusher.public_chat => None,
            Family::General => self.conversation_of_general(tenant, who, new).await?,
            Family::Person(user) => return Ok(Target::Person(user)),
            Family::AlertDesk => return Ok(Target::AlertDesk),
            Family::Other => None,
        };
        Ok(conversation.map_or_else(|| Target::Channel(channel.clone()), Target::Conversation))
    }

    async fn conversation_of_room(
        &self,
        tenant: &TenantId,
        room: &RoomId,
    ) -> Result<Option<ConversationId>, StorageError> {
        let room = self.room(tenant, room, &UserId::trusted(NOBODY)).await?;
        Ok(room.map(|room| room.conversation_id))
    }

    async fn conversation_of_pair(
        &self,
        app_config: &AppConfig,
        pair: &Pair,
        who: Option<&UserId>,
        new: Option<&NewPlaces>,
    ) -> Result<Option<ConversationId>, StorageError> {
        let tenant = &app_config.tenant;
        let known = who.and_then(|who| Some((who.clone(), pair.other(who)?)));
        // The app's backend is trusted: it signed for nobody in particular.
        let per_hour = known.is_some().then_some(app_config.limits.conversations_per_hour);
        let Some((me, other)) = known.or_else(|| pair.both()) else { return Ok(None) };
        let Some(new) = new else { return self.dm_of(tenant, &me, &other).await };
        let (id, now) = (&new.conversation, new.now);
        match self.first_or_create_dm(&NewDirect { id, tenant, me: &me, other: &other, per_hour, now }).await {
            Ok(Direct::Found(conversation) | Direct::Created(conversation)) => Ok(Some(conversation.id)),
            // The channel stays the application's until the conversation begins.
            Ok(Direct::Exceeded { .. } | Direct::Blocked) | Err(StorageError::Constraint) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn conversation_of_general(
        &self,
        tenant: &TenantId,
        who: Option<&UserId>,
        new: Option<&NewPlaces>,
    ) -> Result<Option<ConversationId>, StorageError> {
        let nobody = UserId::trusted(NOBODY);
        let viewer = who.unwrap_or(&nobody);
        let room = match new {
            Some(new) => Some(self.general_room(tenant, &new.room, &new.conversation, viewer, new.now).await?),
            None => self.find_general_room(tenant, viewer).await?,
        };
        Ok(room.map(|room| room.conversation_id))
    }
}
