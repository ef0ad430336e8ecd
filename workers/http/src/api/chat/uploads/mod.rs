//! `/api/chat/uploads`: resumable uploads by tus 1.0, with the extensions creation, expiration, checksum and termination.
//!
//! Each upload has an object, which takes the bytes. A function checks who asks and what, passes the body on, and makes the file
//! when all bytes are there, as a simple upload does.

mod create;
mod end;
mod get;
mod instead;
mod options;
mod tus;
mod write;

use crate::endpoints::{Endpoints, endpoints};

pub(crate) fn endpoints() -> Endpoints {
    endpoints! {
        OPTIONS "/api/chat/uploads" => options::handle, options::describe;
        POST "/api/chat/uploads" => create::handle, create::describe;
        GET "/api/chat/uploads/{id}" => get::handle, get::describe;
        PATCH "/api/chat/uploads/{id}" => write::handle, write::describe;
        DELETE "/api/chat/uploads/{id}" => end::handle, end::describe;
        POST "/api/chat/uploads/{id}" => instead::handle, instead::describe;
    }
}
