//! `/api/chat/upload` and `/api/chat/files`: files that people upload and send.

mod finish;
mod form;
mod get;
mod link;
mod media;
mod picture;
mod scan;
mod upload;

use finish::refused_type;
pub(super) use finish::{Arrived, finish};
pub(super) use form::too_large;
use media::content_of;
pub(super) use upload::reserve;

use crate::endpoints::{Endpoints, endpoints};

pub(crate) fn endpoints() -> Endpoints {
    endpoints! {
        POST "/api/chat/upload" => upload::handle, upload::describe;
        GET "/api/chat/files/{id}" => get::handle, get::describe;
        GET "/api/chat/files/{id}/scan" => scan::handle, scan::describe;
        POST "/api/chat/files/{id}/link" => link::handle, link::describe;
    }
}
