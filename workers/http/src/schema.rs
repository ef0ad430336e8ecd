//! JSON Schema of the native protocol: resources, answers, requests, frames and events.
//!
//! `scripts/generate` writes it to `schema/api/native.json`, from which the web client's types are generated.

mod asyncapi;

pub use asyncapi::asyncapi;

use campana_core::alerts::AlertId;
use campana_core::alerts::wire::schema::{DeskOutput, PanicAlert};
use campana_core::alerts::wire::{AlertEvent, DeskFrame};
use campana_core::chat::invite::Invite;
use campana_core::chat::wire::ClientFrame;
use campana_core::chat::wire::schema::{
    ConversationFrame, DraftUpdated, ErrorFrame, FileUpdated, InboxUpdated, NotificationCreated, NotificationRead,
    OwnInviteEnded, OwnMembershipEvent, PreferencesUpdated, RevFrame, SavedUpdated, ScheduledFailed, ScheduledSent,
    ThreadRead, UserWelcome,
};
use campana_core::shared::ids::{ConversationId, InviteId};
use campana_core::shared::problem::schema::ProblemDocument;
use campana_core::shared::timestamp::Timestamp;
use campana_storage::InviteCard;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

/// Documents described so far. Answers and requests need separate generators, because different fields may be absent.
pub(crate) struct Documents {
    answers: SchemaGenerator,
    requests: SchemaGenerator,
}

impl Documents {
    fn new() -> Self {
        Self::with_definitions_at("/$defs", "/$defs")
    }

    /// With definitions at these paths of the whole document.
    pub(crate) fn with_definitions_at(answers: &'static str, requests: &'static str) -> Self {
        let settings = |path: &'static str| {
            SchemaSettings::draft2020_12().with(|settings| settings.definitions_path = path.into())
        };
        Self {
            answers: settings(answers).for_serialize().into_generator(),
            requests: settings(requests).for_deserialize().into_generator(),
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

    /// Adds a document that the server writes, and returns the schema that refers to it.
    pub(crate) fn answer_ref<T: JsonSchema>(&mut self) -> Value {
        self.answers.subschema_for::<T>().into()
    }

    /// Adds a document that clients write, and returns the schema that refers to it.
    pub(crate) fn request_ref<T: JsonSchema>(&mut self) -> Value {
        self.requests.subschema_for::<T>().into()
    }

    /// A schema of what clients write, which gets no definition of its own.
    pub(crate) fn request_schema(&mut self, schema: impl FnOnce(&mut SchemaGenerator) -> Schema) -> Value {
        schema(&mut self.requests).into()
    }

    /// The definitions of answers, and those of requests.
    pub(crate) fn into_definitions(mut self) -> [Map<String, Value>; 2] {
        [self.answers.take_definitions(true), self.requests.take_definitions(true)]
    }

    /// Where a name stands for an answer and a request, the answer is the definition.
    fn into_schema(self) -> Value {
        let [answers, mut definitions] = self.into_definitions();
        definitions.extend(answers);
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

/// A refusal of an action on an alert.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "used only for its schema")]
pub(crate) struct AlertProblem {
    #[schemars(flatten)]
    problem: ProblemDocument,
    /// The alert as it stands, if the caller may see it.
    #[schemars(skip_serializing_if = "Option::is_none", with = "PanicAlert")]
    alert: Option<PanicAlert>,
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
    /// Its number in the user's own channel.
    rev: i64,
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

/// On a user's own channel: an alert of theirs, or one that they may see as a guard.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "used only for its schema")]
struct OwnAlertNews {
    /// What happened.
    event: AlertEvent,
    /// Its number in the user's own channel; absent if only the user's devices with `view_panic_alerts` get it.
    #[schemars(skip_serializing_if = "Option::is_none", with = "i64")]
    rev: Option<i64>,
    /// Which alert.
    id: AlertId,
    /// The alert's current state, as this user may see it.
    partial: PanicAlert,
    /// When it happened.
    at: Timestamp,
}

/// Every frame that the server sends on a user's own channel.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "used only for its schema")]
enum UserFrame<'a> {
    Welcome(UserWelcome),
    Rev(RevFrame),
    Error(ErrorFrame),
    Inbox(InboxUpdated),
    Preferences(PreferencesUpdated),
    Draft(DraftUpdated),
    Saved(SavedUpdated),
    Thread(ThreadRead),
    NotificationCreated(NotificationCreated),
    NotificationRead(NotificationRead),
    File(FileUpdated),
    ScheduledSent(ScheduledSent),
    ScheduledFailed(ScheduledFailed),
    Invite(OwnInviteEvent<'a>),
    Membership(OwnMembershipEvent),
    Alert(OwnAlertNews),
}

#[cfg(test)]
pub(crate) mod tests;
