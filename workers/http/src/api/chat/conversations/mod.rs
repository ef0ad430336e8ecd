//! `/api/chat/conversations`: inbox, direct conversations and groups; reading and connecting for every conversation.

mod allowance;
mod create;
mod draft;
mod events;
mod get;
mod leave;
mod list;
mod members;
mod messages;
mod pins;
mod preferences;
mod read;
mod schedule;
mod socket;
mod unread;
mod update;

pub(super) use create::direct;
pub(super) use draft::Place as DraftPlace;
pub(in crate::api) use get::personal;
#[cfg(feature = "schema")]
pub(super) use read::LastRead;
pub(super) use read::mark_read;

use crate::endpoints::{Endpoints, endpoints};

pub(crate) fn endpoints() -> Endpoints {
    endpoints! {
        GET "/api/chat/conversations" => list::handle, list::describe;
        POST "/api/chat/conversations" => create::handle, create::describe;
        GET "/api/chat/conversations/{id}" => get::handle, get::describe;
        PATCH "/api/chat/conversations/{id}" => update::handle, update::describe;
        GET "/api/chat/conversations/{id}/draft" => draft::get::handle, draft::get::describe;
        PUT "/api/chat/conversations/{id}/draft" => draft::save::handle, draft::save::describe;
        DELETE "/api/chat/conversations/{id}/draft" => draft::clear::handle, draft::clear::describe;
        POST "/api/chat/conversations/{id}/leave" => leave::handle, leave::describe;
        GET "/api/chat/conversations/{id}/members" => members::list::handle, members::list::describe;
        POST "/api/chat/conversations/{id}/members" => members::add::handle, members::add::describe;
        PUT "/api/chat/conversations/{id}/members/{user_id}" => members::change_role::handle, members::change_role::describe;
        DELETE "/api/chat/conversations/{id}/members/{user_id}" => members::remove::handle, members::remove::describe;
        POST "/api/chat/conversations/{id}/unread" => unread::handle, unread::describe;
        GET "/api/chat/conversations/{id}/pins" => pins::handle, pins::describe;
        PATCH "/api/chat/conversations/{id}/preferences" => preferences::handle, preferences::describe;
        POST "/api/chat/conversations/{id}/read" => read::handle, read::describe;
        POST "/api/chat/conversations/{id}/scheduled" => schedule::handle, schedule::describe;
        GET "/api/chat/conversations/{id}/socket" => socket::handle, socket::describe;
        GET "/api/chat/conversations/{id}/events" => events::handle, events::describe;
        GET "/api/chat/conversations/{id}/messages" => messages::list::handle, messages::list::describe;
        POST "/api/chat/conversations/{id}/messages" => messages::send::handle, messages::send::describe;
    }
}
