//! `/api/chat/upload` and `/api/chat/files`: files that people upload and send.

mod form;
mod get;
mod link;
mod upload;

use crate::endpoints::{Endpoints, endpoints};

pub(crate) fn endpoints() -> Endpoints {
    endpoints! {
        POST "/api/chat/upload" => upload::handle, upload::describe;
        GET "/api/chat/files/{id}" => get::handle, get::describe;
        POST "/api/chat/files/{id}/link" => link::handle, link::describe;
    }
}
