//! JSON Schema of the native protocol: resources, answers, requests, frames and events.
//!
//! `scripts/generate` writes it to `schema/api/native.json`, from which the web client's types are generated.

mod asyncapi;

pub use asyncapi::asyncapi;

use campana_core::alerts::wire::schema::DeskOutput;
use campana_core::alerts::wire::{AlertNews, DeskFrame};
use campana_core::chat::invite::Invite;
use campana_core::chat::wire::ClientFrame;
use campana_core::chat::wire::schema::{
    ConversationFrame, ErrorFrame, InboxUpdated, OwnInviteEnded, OwnMembershipEvent, UserWelcome,
};
use campana_core::shared::ids::{ConversationId, InviteId};
use campana_core::shared::timestamp::Timestamp;
use campana_storage::InviteCard;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Value, json};

/// Documents described so far. Answers and requests need separate generators, because different fields may be absent.
pub(crate) struct Documents {
    answers: SchemaGenerator,
    requests: SchemaGenerator,
}

impl Documents {
    fn new() -> Self {
        let settings = SchemaSettings::draft2020_12;
        Self {
            answers: settings().for_serialize().into_generator(),
            requests: settings().for_deserialize().into_generator(),
        }
    }

    /// Adds a document that the server writes.
    pub(crate) fn answer<T: JsonSchema>(&mut self) {
        self.answers.subschema_for::<T>();
    }

    /// Adds a document that clients write.
    pub(crate) fn request<T: JsonSchema>(&mut self) {
        self.requests.subschema_for::<T>();
    }

    fn into_schema(mut self) -> Value {
        let mut definitions = self.requests.take_definitions(true);
        definitions.extend(self.answers.take_definitions(true));
        definitions.sort_keys();
        json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "Campana's native protocol",
            "description": "Written by scripts/generate from the Rust types; do not edit.",
            "$defs": definitions,
        })
    }
}

/// The whole schema: every document is one of its `$defs`.
pub fn native() -> Value {
    let mut documents = Documents::new();
    crate::api::describe(&mut documents);
    documents.answer::<ConversationFrame>();
    documents.answer::<UserFrame<'_>>();
    documents.answer::<DeskOutput<'_>>();
    documents.request::<ClientFrame>();
    documents.request::<DeskFrame>();
    documents.into_schema()
}

/// An invite as the answer to its creation shows it. Only this answer has its token and link; a repeat with the same
/// `Idempotency-Key` has neither.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "used only for its schema")]
pub(crate) struct MadeInvite {
    #[schemars(flatten)]
    invite: Invite,
    /// Token that opens the invite.
    #[schemars(skip_serializing_if = "Option::is_none", with = "String")]
    token: Option<String>,
    /// Link with the token.
    #[schemars(skip_serializing_if = "Option::is_none", with = "String")]
    url: Option<String>,
}

/// On a user's own channel: an invite for them.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "used only for its schema")]
struct OwnInviteCreated<'a> {
    /// Event name.
    #[schemars(extend("enum" = ["invite.created"]))]
    event: String,
    /// The room's conversation.
    conversation_id: ConversationId,
    /// The invite.
    id: InviteId,
    /// The invite, as the user may see it.
    partial: InviteCard<'a>,
    /// Time of the event.
    at: Timestamp,
}

/// On a user's own channel: an invite for them, or its end.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "used only for its schema")]
enum OwnInviteEvent<'a> {
    Created(OwnInviteCreated<'a>),
    Ended(OwnInviteEnded),
}

/// Every frame that the server sends on a user's own channel.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "used only for its schema")]
enum UserFrame<'a> {
    Welcome(UserWelcome),
    Error(ErrorFrame),
    Inbox(InboxUpdated),
    Invite(OwnInviteEvent<'a>),
    Membership(OwnMembershipEvent),
    Alert(AlertNews<'a>),
}

#[cfg(test)]
pub(crate) mod tests;
