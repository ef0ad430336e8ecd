//! One request and its response.

use super::World;
use super::tokens::Token;
use crate::openapi::conformance;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, HeaderName, Request, StatusCode};
use futures_util::{StreamExt, stream};
use pollster::block_on;
use serde_json::Value;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tower::ServiceExt;
use tracing::Dispatch;
use tracing::dispatcher::with_default;

/// A request under construction.
#[must_use]
#[derive(Clone)]
pub(crate) struct Call {
    router: Router,
    dispatch: Dispatch,
    now_ms: i64,
    method: &'static str,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

/// A response.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
    pub(crate) text: String,
}

impl World {
    pub(crate) fn call(&self, method: &'static str, path: &str) -> Call {
        let (router, dispatch, path) = (self.router.clone(), self.dispatch.clone(), path.to_owned());
        Call { router, dispatch, now_ms: self.clock.millis(), method, path, headers: Vec::new(), body: None }
    }

    pub(crate) fn get(&self, path: &str) -> Call {
        self.call("GET", path)
    }

    pub(crate) fn delete(&self, path: &str) -> Call {
        self.call("DELETE", path)
    }

    #[expect(clippy::needless_pass_by_value, reason = "shorter at call sites")]
    pub(crate) fn post(&self, path: &str, body: Value) -> Call {
        self.call("POST", path).json(&body)
    }

    #[expect(clippy::needless_pass_by_value, reason = "shorter at call sites")]
    pub(crate) fn patch(&self, path: &str, body: Value) -> Call {
        self.call("PATCH", path).json(&body)
    }

    #[expect(clippy::needless_pass_by_value, reason = "shorter at call sites")]
    pub(crate) fn put(&self, path: &str, body: Value) -> Call {
        self.call("PUT", path).json(&body)
    }
}

impl Call {
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.raw("application/json", body.to_string().as_bytes())
    }

    pub(crate) fn raw(mut self, content_type: &str, body: &[u8]) -> Self {
        self.body = Some(body.to_vec());
        self.header("content-type", content_type)
    }

    /// Replaces the URL by a function of it.
    pub(crate) fn at(mut self, change: impl FnOnce(&str) -> String) -> Self {
        self.path = change(&self.path);
        self
    }

    /// Replaces the body.
    pub(crate) fn body(mut self, body: &[u8]) -> Self {
        self.body = Some(body.to_vec());
        self
    }

    /// Authenticates as this user of the demo tenant.
    pub(crate) fn by(self, user: &str) -> Self {
        self.with(&Token::of(user))
    }

    /// Authenticates with this token.
    pub(crate) fn with(self, token: &Token) -> Self {
        let token = token.sign(self.now_ms);
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// Sends the request. Panics if the OpenAPI document does not describe the request and its response.
    pub(crate) fn send(self) -> Reply {
        let body = self.body.clone().map_or_else(Body::empty, Body::from);
        self.send_with(body)
    }

    /// The response to the request, for requests at the same time.
    pub(crate) async fn reply(self) -> Reply {
        let body = self.body.clone().map_or_else(Body::empty, Body::from);
        self.reply_to(body).await
    }

    /// Sends the request with a body of this many chunks of 16 KiB. Returns the response and the number of chunks that were
    /// read.
    pub(crate) fn send_chunks(self, count: usize) -> (Reply, usize) {
        let read = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&read);
        let chunks = stream::iter(0..count).map(move |_| {
            counter.fetch_add(1, Ordering::Relaxed);
            Ok::<_, Infallible>(vec![b'x'; 16 * 1024])
        });
        let reply = self.send_with(Body::from_stream(chunks));
        (reply, read.load(Ordering::Relaxed))
    }

    fn send_with(self, body: Body) -> Reply {
        let dispatch = self.dispatch.clone();
        with_default(&dispatch, || block_on(self.reply_to(body)))
    }

    async fn reply_to(self, body: Body) -> Reply {
        let mut request = Request::builder().method(self.method).uri(&self.path);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let request = request.body(body).expect("a request");
        let response = self.router.oneshot(request).await.unwrap_or_else(|never| match never {});
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.expect("a body");
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let reply = Reply { status: parts.status, headers: parts.headers, body, text };
        conformance::check(self.method, &self.path, self.body.as_deref(), &reply);
        reply
    }

    /// Sends the request and returns the body. Panics on another status.
    #[track_caller]
    pub(crate) fn status(self, expected: u16) -> Value {
        let request_line = format!("{} {}", self.method, self.path);
        let reply = self.send();
        assert_eq!(reply.status.as_u16(), expected, "{request_line}: {}", reply.body);
        reply.body
    }

    /// Sends the request and returns the response. Panics on another status.
    #[track_caller]
    pub(crate) fn status_of(self, expected: u16) -> Reply {
        let request_line = format!("{} {}", self.method, self.path);
        let reply = self.send();
        assert_eq!(reply.status.as_u16(), expected, "{request_line}: {}", reply.text);
        reply
    }

    /// Sends the request, which must fail with this status and problem.
    #[track_caller]
    pub(crate) fn refused(self, status: u16, slug: &str) -> Value {
        let request_line = format!("{} {}", self.method, self.path);
        let reply = self.send();
        assert_eq!(reply.status.as_u16(), status, "{request_line}: {}", reply.body);
        assert_eq!(reply.header("content-type"), "application/problem+json", "{request_line}");
        assert_eq!(
            reply.body["type"],
            format!("https://campana.dev/problems/{slug}"),
            "{request_line}: {}",
            reply.body
        );
        assert_eq!(reply.body["status"], status, "{request_line}");
        assert!(reply.body["errors"].is_array(), "{request_line}");
        reply.body
    }
}

impl Reply {
    /// All values of a header, comma-separated; empty if absent.
    pub(crate) fn header(&self, name: &str) -> String {
        let name: HeaderName = name.parse().expect("a header's name");
        let values: Vec<_> = self.headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect();
        values.join(", ")
    }
}
