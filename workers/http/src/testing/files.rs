//! The files of a small web app.

use crate::ports::{BoxFuture, FileRequest, Files};
use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use axum::response::Response;
use campana_core::shared::problem::Problem;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

const TAG: &str = "\"tag\"";
const FILES: [(&str, &str, &str); 7] = [
    ("/index.html", "text/html; charset=utf-8", "<!doctype html>"),
    ("/bell.svg", "image/svg+xml", "<svg/>"),
    ("/assets/index-1a2b.js", "text/javascript", "0"),
    ("/docs.html", "text/html; charset=utf-8", "start"),
    ("/docs/security.html", "text/html; charset=utf-8", "guide"),
    ("/docs/api/rooms.html", "text/html; charset=utf-8", "rooms"),
    ("/docs/openapi.json", "application/json", "{}"),
];

/// Serves the files, and records which were asked for.
#[derive(Default)]
pub(crate) struct FakeFiles {
    asked: Mutex<Vec<String>>,
    removed: AtomicBool,
}

impl FakeFiles {
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("the lock is not poisoned").clone()
    }

    pub(crate) fn remove_all(&self) {
        self.removed.store(true, Ordering::Relaxed);
    }
}

impl Files for FakeFiles {
    fn get<'a>(&'a self, asked: FileRequest<'a>) -> BoxFuture<'a, Result<Option<Response>, Problem>> {
        self.asked.lock().expect("the lock is not poisoned").push(asked.path.to_owned());
        let found = FILES.iter().find(|(path, ..)| *path == asked.path && !self.removed.load(Ordering::Relaxed));
        let answer = found.map(|(_, kind, text)| {
            let builder = Response::builder().header(header::ETAG, TAG).header(header::CONTENT_TYPE, *kind);
            let builder = builder.header(header::CACHE_CONTROL, "public, max-age=0, must-revalidate");
            let is_known = asked.if_none_match == Some(TAG);
            let builder = if is_known { builder.status(StatusCode::NOT_MODIFIED) } else { builder };
            let is_empty = is_known || asked.method == Method::HEAD;
            builder.body(if is_empty { Body::empty() } else { Body::from(*text) }).expect("a response")
        });
        Box::pin(async move { Ok(answer) })
    }
}
