//! Calls to Durable Objects. Stubs belong to one request, so each call creates its own.

use axum::response::Response;
use campana_core::shared::json::read_stored;
use campana_core::shared::problem::Problem;
use campana_http::BoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;
use worker::send::SendFuture;
use worker::{Error, Headers, Method, ObjectNamespace, Request, RequestInit, Result, WebSocketPair};

/// Posts JSON to the object of this name and reads its JSON answer: a result or a refusal. An object that does not
/// answer is a refusal too.
pub(crate) fn ask<'a, T: DeserializeOwned, E: DeserializeOwned + From<Problem>>(
    namespace: &'a ObjectNamespace,
    name: String,
    path: &'static str,
    body: impl Serialize + 'a,
    request_id: Option<String>,
) -> BoxFuture<'a, std::result::Result<T, E>> {
    Box::pin(SendFuture::new(async move {
        let answer = post::<std::result::Result<T, E>>(namespace, &name, path, &body).await;
        answer.unwrap_or_else(|error| Err(silent(&error, request_id.as_deref()).into()))
    }))
}

/// Posts JSON to the object of this name, which answers 204 once it is durable there.
pub(crate) fn hand_over<'a>(
    namespace: &'a ObjectNamespace,
    name: String,
    path: &'static str,
    body: impl Serialize + 'a,
) -> BoxFuture<'a, std::result::Result<(), Problem>> {
    Box::pin(SendFuture::new(async move {
        match send(namespace, &name, path, &body).await.map(|answer| answer.status_code()) {
            Ok(204) => Ok(()),
            Ok(status) => Err(silent(&Error::RustError(format!("the object answered {status}")), None)),
            Err(error) => Err(silent(&error, None)),
        }
    }))
}

/// Posts JSON to the object of this name and reads its JSON answer.
pub(crate) async fn post<T: DeserializeOwned>(
    namespace: &ObjectNamespace,
    name: &str,
    path: &str,
    body: &impl Serialize,
) -> Result<T> {
    Ok(read_stored(&send(namespace, name, path, body).await?.text().await?)?)
}

async fn send(namespace: &ObjectNamespace, name: &str, path: &str, body: &impl Serialize) -> Result<worker::Response> {
    let mut init = RequestInit::new();
    init.with_method(Method::Post).with_body(Some(serde_json::to_string(body)?.into()));
    let request = Request::new_with_init(&format!("http://object/{path}"), &init)?;
    namespace.get_by_name(name)?.fetch_with_request(request).await
}

/// Opens a connection at the object of this name. The response carries it and must reach the client unchanged.
pub(crate) fn open(
    namespace: &ObjectNamespace,
    name: String,
    request: Result<Request>,
    request_id: Option<String>,
) -> BoxFuture<'_, std::result::Result<Response, Problem>> {
    Box::pin(SendFuture::new(async move {
        let opened = async { crate::http::relay(namespace.get_by_name(&name)?.fetch_with_request(request?).await?) };
        opened.await.map_err(|error| silent(&error, request_id.as_deref()))
    }))
}

/// A request to open a connection: its headers, and its parameters as percent-encoded JSON in another header.
pub(crate) fn opening(
    url: &str,
    headers: &[(&str, &str)],
    header: &str,
    parameters: &impl Serialize,
) -> Result<Request> {
    let all = Headers::new();
    let text = js_sys::encode_uri_component(&serde_json::to_string(parameters)?);
    all.set(header, &String::from(text))?;
    for (name, value) in headers {
        all.set(name, value)?;
    }
    let mut init = RequestInit::new();
    init.with_method(Method::Get).with_headers(all);
    Request::new_with_init(url, &init)
}

/// Accepts a socket, sends the frame and closes: browsers do not expose the response to a refused upgrade.
pub(crate) fn refuse(
    frame: &str,
    (code, reason): (u16, &str),
    protocol: Option<&str>,
) -> std::result::Result<Response, Problem> {
    let refused = || {
        let pair = WebSocketPair::new()?;
        pair.server.accept()?;
        pair.server.send_with_str(frame)?;
        pair.server.close(Some(code), Some(reason))?;
        let response = worker::Response::from_websocket(pair.client)?;
        if let Some(protocol) = protocol {
            response.headers().set("sec-websocket-protocol", protocol)?;
        }
        crate::http::relay(response)
    };
    refused().map_err(|error| silent(&error, None))
}

/// Logs that an object failed or sent an unreadable answer, and returns 503.
pub(crate) fn silent(error: &worker::Error, request_id: Option<&str>) -> Problem {
    tracing::error!(at = "edge.objects", request_id, detail = %error);
    Problem::unavailable("the object did not answer")
}
