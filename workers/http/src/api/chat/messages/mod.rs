//! `/api/chat/messages`: the general chat, private messages, and single messages by id.

mod delete;
mod edit;
mod history;
mod list;
mod pin;
mod private;
mod reactions;
mod read;
mod readers;
mod report;
mod send;
mod thread;
pub(crate) mod view;

use crate::endpoints::{Endpoints, endpoints};

pub(crate) fn endpoints() -> Endpoints {
    endpoints! {
        GET "/api/chat/messages" => list::handle, list::describe;
        POST "/api/chat/messages" => send::handle, send::describe;
        POST "/api/chat/messages/private" => private::handle, private::describe;
        PUT "/api/chat/messages/{id}" => edit::handle, edit::describe;
        GET "/api/chat/messages/{id}/history" => history::handle, history::describe;
        DELETE "/api/chat/messages/{id}" => delete::handle, delete::describe;
        POST "/api/chat/messages/{id}/read" => read::handle, read::describe;
        GET "/api/chat/messages/{id}/readers" => readers::handle, readers::describe;
        POST "/api/chat/messages/{id}/report" => report::handle, report::describe;
    }
    .merge(pin::endpoints())
    .merge(reactions::endpoints())
    .merge(thread::endpoints())
}
