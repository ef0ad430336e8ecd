//! Adapter to the platform's static files (`[assets]` in wrangler.toml).

use axum::http::{Method, StatusCode};
use axum::response::Response;
use campana_core::shared::problem::Problem;
use campana_http::{BoxFuture, FileRequest, Files};
use js_sys::{Function, JsString, Promise, Reflect};
use worker::send::{SendFuture, SendWrapper};
use worker::wasm_bindgen::{JsCast, JsValue};
use worker::{Env, Headers, Request, RequestInit, Result};

/// The files of the binding. Without it, as in `scripts/dev`, there are none.
pub(crate) struct StaticFiles(Option<SendWrapper<JsValue>>);

impl StaticFiles {
    /// Reads the binding if it exists.
    pub(crate) fn new(env: &Env) -> Self {
        Self(env.assets("ASSETS").ok().map(|files| SendWrapper::new(files.into_rpc())))
    }
}

impl Files for StaticFiles {
    fn get<'a>(&'a self, asked: FileRequest<'a>) -> BoxFuture<'a, std::result::Result<Option<Response>, Problem>> {
        Box::pin(SendFuture::new(async move {
            let Some(files) = &self.0 else { return Ok(None) };
            let answer = fetch(&files.0, &asked).await.map_err(|error| {
                tracing::error!(at = "edge.files", detail = %error);
                Problem::unavailable("the files did not answer")
            })?;
            let is_found = [StatusCode::OK, StatusCode::NOT_MODIFIED].contains(&answer.status());
            Ok(is_found.then_some(answer))
        }))
    }
}

/// Calls the binding itself: the crate's own method would copy the body through WebAssembly memory.
async fn fetch(files: &JsValue, asked: &FileRequest<'_>) -> Result<Response> {
    let headers = Headers::new();
    if let Some(tag) = asked.if_none_match {
        headers.set("if-none-match", tag)?;
    }
    let method = if asked.method == Method::HEAD { worker::Method::Head } else { worker::Method::Get };
    let mut init = RequestInit::new();
    init.with_method(method).with_headers(headers);
    let request = Request::new_with_init(&format!("http://files{}", asked.path), &init)?;
    let fetch: Function = Reflect::get(files, &JsString::from("fetch"))?.dyn_into()?;
    let promise: Promise = fetch.call1(files, request.inner())?.dyn_into()?;
    let response: web_sys::Response = js_sys::futures::JsFuture::from(promise).await?.dyn_into()?;
    crate::http::relay(response)
}
