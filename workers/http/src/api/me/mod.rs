//! `/api/me`: the caller.

mod blocks;
mod drafts;
mod events;
mod export;
mod get;
mod notification_preferences;
mod push;
mod saved;
mod scheduled;
mod sign_out_everywhere;
mod socket;
mod ticket;
mod update;

#[cfg(feature = "schema")]
pub(super) use sign_out_everywhere::SignedOut;
pub(super) use sign_out_everywhere::sign_out;

use crate::endpoints::{Endpoints, endpoints};

pub(crate) fn endpoints() -> Endpoints {
    endpoints! {
        GET "/api/me" => get::handle, get::describe;
        PATCH "/api/me" => update::handle, update::describe;
        GET "/api/me/blocks" => blocks::list::handle, blocks::list::describe;
        PUT "/api/me/blocks/{user_id}" => blocks::add::handle, blocks::add::describe;
        DELETE "/api/me/blocks/{user_id}" => blocks::remove::handle, blocks::remove::describe;
        GET "/api/me/drafts" => drafts::handle, drafts::describe;
        GET "/api/me/events" => events::handle, events::describe;
        GET "/api/me/export" => export::handle, export::describe;
        GET "/api/me/notification-preferences" => notification_preferences::get::handle, notification_preferences::get::describe;
        PUT "/api/me/notification-preferences" => notification_preferences::save::handle, notification_preferences::save::describe;
        GET "/api/me/push/key" => push::key::handle, push::key::describe;
        GET "/api/me/push/subscriptions" => push::list::handle, push::list::describe;
        POST "/api/me/push/subscriptions" => push::subscribe::handle, push::subscribe::describe;
        DELETE "/api/me/push/subscriptions" => push::unsubscribe::handle, push::unsubscribe::describe;
        POST "/api/me/push/test" => push::test::handle, push::test::describe;
        GET "/api/me/saved" => saved::list::handle, saved::list::describe;
        PUT "/api/me/saved/{message_id}" => saved::save::handle, saved::save::describe;
        DELETE "/api/me/saved/{message_id}" => saved::remove::handle, saved::remove::describe;
        GET "/api/me/scheduled" => scheduled::list::handle, scheduled::list::describe;
        GET "/api/me/scheduled/{id}" => scheduled::get::handle, scheduled::get::describe;
        DELETE "/api/me/scheduled/{id}" => scheduled::cancel::handle, scheduled::cancel::describe;
        POST "/api/me/sign-out-everywhere" => sign_out_everywhere::handle, sign_out_everywhere::describe;
        GET "/api/me/socket" => socket::handle, socket::describe;
        POST "/api/me/ticket" => ticket::handle, ticket::describe;
    }
}

#[cfg(feature = "schema")]
pub(super) fn describe(documents: &mut crate::schema::Documents) {
    documents.answer::<get::Me<'_>>();
    documents.answer::<ticket::Ticket>();
    documents.answer::<notification_preferences::Shown>();
    documents.answer::<crate::request::Page<push::Shown>>();
    documents.answer::<push::test::TestPush>();
    documents.request::<notification_preferences::Wanted>();
}
