//! The thread of a message: `/api/chat/messages/{id}/replies` and `/api/chat/messages/{id}/follow`.

mod follow;
mod read;
mod replies;
mod unfollow;

use crate::api::chat::message_actions::find_message;
use crate::endpoints::{Endpoints, endpoints};
use crate::identity::Caller;
use crate::response::{Outcome, Refusal, ok, unexpected};
use campana_core::chat::command::{Command, Reply};
use campana_core::chat::wire::{Event, EventName};
use campana_core::shared::ids::{ConversationId, MessageId};
use campana_core::shared::problem::Problem;
use campana_storage::ThreadPlace;
use serde::Serialize;
use serde_json::json;

pub(super) fn endpoints() -> Endpoints {
    endpoints! {
        GET "/api/chat/messages/{id}/replies" => replies::handle, replies::describe;
        POST "/api/chat/messages/{id}/replies/read" => read::handle, read::describe;
        PUT "/api/chat/messages/{id}/follow" => follow::handle, follow::describe;
        DELETE "/api/chat/messages/{id}/follow" => unfollow::handle, unfollow::describe;
    }
}

/// A thread that the caller may read.
struct Thread {
    conversation: ConversationId,
    /// Its first message.
    id: MessageId,
}

impl Thread {
    /// The thread that begins with a message, or that the message is a reply in. The record has all its replies.
    async fn of(caller: &Caller, message: &MessageId) -> Result<Self, Refusal> {
        let message = find_message(caller, message).await?.ok_or_else(Problem::not_found)?;
        // The object checks that the caller may read, and has flushed every reply when it answers.
        let command = caller.command(&message.conversation_id, None, Command::FlushAll).await?;
        let Reply::Done = command else { return Err(unexpected()) };
        Ok(Self { conversation: message.conversation_id, id: message.thread_id.unwrap_or(message.id) })
    }

    /// Tells the caller's other devices their new place in the thread, and answers with it.
    async fn placed(self, caller: &Caller, place: Option<ThreadPlace>) -> Outcome {
        // The membership, or the first message, may have ended since they were looked up.
        let place = place.ok_or_else(Problem::not_found)?;
        let event = Event {
            event: EventName::ThreadRead,
            conversation_id: self.conversation,
            seq: None,
            id: Some(self.id.as_str().to_owned()),
            partial: json!({"following": place.following, "last_read_seq": place.last_read_seq}),
            origin_client_id: None,
            at: caller.now(),
        };
        caller.notify_own(event).await;
        ok(&Placed { id: self.id, place })
    }
}

/// The caller's place in a thread.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ThreadPlace"))]
struct Placed {
    /// The first message of the thread.
    id: MessageId,
    #[serde(flatten)]
    place: ThreadPlace,
}

#[cfg(feature = "schema")]
fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::examples;
    operation.answers::<Placed>(200, "The caller's place in the thread.", examples::thread_place());
}
