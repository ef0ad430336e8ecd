//! Ids in the path. A malformed id gets 404, like an unknown one.

use crate::response::Refusal;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use campana_core::alerts::AlertId;
use campana_core::pusher::channel::ChannelName;
use campana_core::shared::ids::{
    AuditId, ConversationId, FileId, InviteId, MessageId, NotificationId, ReportId, RoomId, ScheduledId, UserId,
    WebhookId,
};
use campana_core::shared::problem::Problem;
use campana_core::webhooks::history::DeliveryId;

/// An id or a number that can be parsed from a path segment or a cursor.
pub(crate) trait FromText: Sized {
    /// Parses the text; `None` if it is malformed.
    fn read(text: &str) -> Option<Self>;
}

macro_rules! ids {
    ($($name:ty),+) => {$(
        impl FromText for $name {
            fn read(text: &str) -> Option<Self> {
                Self::parse(text)
            }
        }
    )+};
}

ids!(
    RoomId,
    ConversationId,
    MessageId,
    FileId,
    InviteId,
    UserId,
    AuditId,
    AlertId,
    NotificationId,
    ReportId,
    ScheduledId,
    WebhookId,
    ChannelName,
    DeliveryId
);

impl FromText for u32 {
    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

/// The number of a row: not negative, and within the numbers of JavaScript.
impl FromText for i64 {
    fn read(text: &str) -> Option<Self> {
        text.parse().ok().filter(|number| (0..1 << 53).contains(number))
    }
}

/// The only id of a path.
#[derive(Debug)]
pub(crate) struct Segment<T>(pub(crate) T);

/// Both ids of a path.
#[derive(Debug)]
pub(crate) struct Segments<A, B>(pub(crate) A, pub(crate) B);

impl<S: Send + Sync, T: FromText> FromRequestParts<S> for Segment<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        let id = path.ok().and_then(|Path(text)| T::read(&text));
        Ok(Self(id.ok_or_else(Problem::not_found)?))
    }
}

impl<S: Send + Sync, A: FromText, B: FromText> FromRequestParts<S> for Segments<A, B> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let path = Path::<(String, String)>::from_request_parts(parts, state).await;
        let ids = path.ok().and_then(|Path((a, b))| Some((A::read(&a)?, B::read(&b)?)));
        let (a, b) = ids.ok_or_else(Problem::not_found)?;
        Ok(Self(a, b))
    }
}
