//! `/api/chat/rooms`: rooms, their members, invites and messages.

mod bans;
mod create;
mod delete;
mod get;
mod invites;
mod join;
mod leave;
mod list;
mod members;
mod messages;
mod update;

use crate::endpoints::{Endpoints, endpoints};

#[cfg(feature = "schema")]
pub(super) use invites::create::InviteBody;

pub(crate) fn endpoints() -> Endpoints {
    endpoints! {
        GET "/api/chat/rooms" => list::handle, list::describe;
        POST "/api/chat/rooms" => create::handle, create::describe;
        GET "/api/chat/rooms/{id}" => get::handle, get::describe;
        PUT "/api/chat/rooms/{id}" => update::handle, update::describe;
        DELETE "/api/chat/rooms/{id}" => delete::handle, delete::describe;
        POST "/api/chat/rooms/{id}/join" => join::handle, join::describe;
        POST "/api/chat/rooms/{id}/leave" => leave::handle, leave::describe;
        GET "/api/chat/rooms/{id}/members" => members::list::handle, members::list::describe;
        POST "/api/chat/rooms/{id}/members" => members::add::handle, members::add::describe;
        PUT "/api/chat/rooms/{id}/members/{user_id}" => members::change_role::handle, members::change_role::describe;
        DELETE "/api/chat/rooms/{id}/members/{user_id}" => members::remove::handle, members::remove::describe;
        POST "/api/chat/rooms/{id}/members/{user_id}/mute" => members::mute::impose, members::mute::describe_impose;
        DELETE "/api/chat/rooms/{id}/members/{user_id}/mute" => members::mute::lift, members::mute::describe_lift;
        POST "/api/chat/rooms/{id}/members/{user_id}/ban" => members::ban::impose, members::ban::describe_impose;
        DELETE "/api/chat/rooms/{id}/members/{user_id}/ban" => members::ban::lift, members::ban::describe_lift;
        GET "/api/chat/rooms/{id}/bans" => bans::handle, bans::describe;
        GET "/api/chat/rooms/{id}/invites" => invites::list::handle, invites::list::describe;
        POST "/api/chat/rooms/{id}/invites" => invites::create::handle, invites::create::describe;
        DELETE "/api/chat/rooms/{id}/invites/{invite_id}" => invites::revoke::handle, invites::revoke::describe;
        GET "/api/chat/rooms/{id}/messages" => messages::list::handle, messages::list::describe;
        POST "/api/chat/rooms/{id}/messages" => messages::send::handle, messages::send::describe;
    }
}
