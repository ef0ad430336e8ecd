//! Schema-only types of the protocol's frames, which the code parses and builds as text.
//!
//! Nothing constructs them. The tests of `campana-http` check what the code really reads and writes against them.

mod data;

pub use data::*;

use crate::pusher::channel::ChannelName;
use crate::shared::ids::UserId;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::Value;
use std::borrow::Cow;
use std::marker::PhantomData;

/// A string that contains the JSON of a `T`.
pub struct Encoded<T>(pub PhantomData<T>);

impl<T: JsonSchema> JsonSchema for Encoded<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Encoded{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "contentMediaType": "application/json",
            "contentSchema": generator.subschema_for::<T>(),
        })
    }
}

macro_rules! frames {
    ($($(#[$doc:meta])* $name:ident $event:literal { $($(#[$of_field:meta])* $field:ident: $type:ty),* $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(JsonSchema)]
        pub struct $name {
            /// Names the frame.
            #[schemars(extend("enum" = [$event]))]
            pub event: String,
            $($(#[$of_field])* pub $field: $type,)*
        }
    )+};
}

frames! {
    /// The first frame of a socket.
    PusherConnectionEstablished "pusher:connection_established" {
        /// The socket's id and the activity time-out.
        data: Encoded<PusherConnection>,
    }
    /// A frame is refused, or the socket is about to be closed with the same code. `data` is an object, not a string.
    PusherError "pusher:error" {
        /// What is wrong.
        data: PusherFault,
        /// The channel of a refused client event, if it names one.
        #[schemars(skip_serializing_if = "Option::is_none", with = "ChannelName")]
        channel: Option<ChannelName>,
    }
    /// Asks the other side whether it is there.
    PusherPing "pusher:ping" {
        /// Empty when the server writes it; ignored when a client does.
        #[serde(default)]
        #[schemars(skip_serializing_if = "Option::is_none", with = "Value")]
        data: Option<Value>,
    }
    /// Answers a ping.
    PusherPong "pusher:pong" {
        /// Empty when the server writes it; ignored when a client does.
        #[serde(default)]
        #[schemars(skip_serializing_if = "Option::is_none", with = "Value")]
        data: Option<Value>,
    }
    /// A subscription has succeeded. It is sent before any event of the channel.
    PusherSubscriptionSucceeded "pusher_internal:subscription_succeeded" {
        /// The channel.
        channel: ChannelName,
        /// The members of a presence channel; otherwise empty.
        data: Encoded<PusherSubscribed>,
    }
    /// A subscription is refused, or the server has ended it.
    PusherSubscriptionError "pusher:subscription_error" {
        /// The channel.
        channel: ChannelName,
        /// Why.
        data: Encoded<PusherRefusal>,
    }
    /// The number of a channel's subscriptions has changed.
    PusherSubscriptionCount "pusher_internal:subscription_count" {
        /// The channel.
        channel: ChannelName,
        /// The new number.
        data: Encoded<PusherCount>,
    }
    /// A user has become a member of a presence channel.
    PusherMemberAdded "pusher_internal:member_added" {
        /// The presence channel.
        channel: ChannelName,
        /// The member.
        data: Encoded<PusherMember>,
    }
    /// A user is no longer a member of a presence channel.
    PusherMemberRemoved "pusher_internal:member_removed" {
        /// The presence channel.
        channel: ChannelName,
        /// The former member.
        data: Encoded<PusherFormerMember>,
    }
    /// A sign-in has succeeded.
    PusherSigninSuccess "pusher:signin_success" {
        /// What was signed.
        data: Encoded<PusherSignedIn>,
    }
    /// Users of the watchlist came online or went offline. The frame has no channel.
    PusherWatchlistEvents "pusher_internal:watchlist_events" {
        /// The changes.
        data: Encoded<PusherWatchlist>,
    }
    /// A cache channel has no cached event. The frame has no data.
    PusherCacheMiss "pusher:cache_miss" {
        /// The cache channel.
        channel: ChannelName,
    }
    /// Asks for a subscription.
    PusherSubscribe "pusher:subscribe" {
        /// An object, or a string that contains its JSON.
        data: Either<PusherSubscribeData>,
    }
    /// Ends a subscription.
    PusherUnsubscribe "pusher:unsubscribe" {
        /// An object, or a string that contains its JSON.
        data: Either<PusherUnsubscribeData>,
    }
    /// Signs the socket in as a user.
    PusherSignin "pusher:signin" {
        /// An object, or a string that contains its JSON.
        data: Either<PusherSigninData>,
    }
}

/// An event on a channel, with its payload as JSON in a string.
#[derive(JsonSchema)]
#[schemars(rename = "ChannelFrameOf{T}")]
pub struct ChannelFrame<T> {
    /// The event's name.
    pub event: String,
    /// The channel.
    pub channel: ChannelName,
    /// The event's payload.
    pub data: Encoded<T>,
}

/// An event that the application's backend published, under the name and with the data that it chose.
#[derive(JsonSchema)]
pub struct PusherApplicationEvent {
    /// The event's name.
    pub event: String,
    /// The channel.
    pub channel: ChannelName,
    /// The data, as published: usually JSON; encrypted on encrypted channels.
    pub data: String,
}

/// An event that a client publishes on a private or presence channel.
#[derive(JsonSchema)]
pub struct PusherClientEvent {
    /// The event's name.
    #[schemars(regex(pattern = "^client-"), length(max = 200))]
    pub event: String,
    /// The channel, to which the client is subscribed.
    pub channel: ChannelName,
    /// Any JSON; an empty object if absent.
    #[serde(default)]
    pub data: Value,
}

/// A client event, as the other subscribers receive it.
#[derive(JsonSchema)]
pub struct PusherRelayedEvent {
    /// The event's name.
    #[schemars(regex(pattern = "^client-"), length(max = 200))]
    pub event: String,
    /// The channel.
    pub channel: ChannelName,
    /// The JSON that the client sent, unchanged.
    pub data: Value,
    /// On presence channels: the sender, always as a string.
    #[schemars(skip_serializing_if = "Option::is_none", with = "UserId")]
    pub user_id: Option<UserId>,
}

/// An object, or a string that contains its JSON.
#[derive(JsonSchema)]
#[schemars(untagged, inline)]
pub enum Either<T> {
    /// The object.
    Object(T),
    /// Its JSON.
    Text(Encoded<T>),
}
