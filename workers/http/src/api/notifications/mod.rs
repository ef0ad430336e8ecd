//! `/api/notifications`: notifications of the caller.

mod count;
mod list;
mod read;
mod read_up_to;
mod telling;

pub(super) use telling::{tell, tell_created};

use crate::endpoints::{Endpoints, endpoints};

pub(crate) fn endpoints() -> Endpoints {
    endpoints! {
        GET "/api/notifications" => list::handle, list::describe;
        GET "/api/notifications/count" => count::handle, count::describe;
        POST "/api/notifications/read" => read_up_to::handle, read_up_to::describe;
        POST "/api/notifications/{id}/read" => read::handle, read::describe;
    }
}

#[cfg(feature = "schema")]
pub(super) fn describe(documents: &mut crate::schema::Documents) {
    documents.answer::<crate::request::Page<campana_core::chat::notifications::Notification>>();
    documents.answer::<count::NotificationCount>();
    documents.request::<read_up_to::ReadUpTo>();
}
