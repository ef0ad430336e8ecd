//! Requests of functions to a user's own channel. JSON between parts of one build; not reachable from outside.

use super::notifications::NotificationEvent;
use super::wire::Event;
use crate::shared::ids::{TenantId, UserId};
use crate::shared::socket_id::SocketId;
use serde::{Deserialize, Serialize};

/// An event for all devices of a user, except for the one that caused it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OwnEvent {
    /// The user's tenant.
    pub tenant: TenantId,
    /// The user.
    pub user: UserId,
    /// The event. A connection whose client id is its `origin_client_id` does not get it.
    pub event: Event,
    /// Socket of the user's Pusher client that caused it; it does not get the event.
    pub origin_socket: Option<SocketId>,
}

/// An event about notifications, for all devices of a user.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OwnNotification {
    /// The user's tenant.
    pub tenant: TenantId,
    /// The user.
    pub user: UserId,
    /// The event.
    pub event: NotificationEvent,
}
