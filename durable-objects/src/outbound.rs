//! Outbound HTTP on the platform: no redirects, abortable, bodies read up to a limit. [`get`] and [`post_and_read`] are for callers
//! that are no object; objects post through [`campana_runtime::Context::post`].

use crate::platform;
use campana_core::chat::link_previews::is_html;
use campana_core::shared::address::Reach;
use campana_runtime::http::{Failure, reach_within};
use campana_runtime::ports::{Answer, Document, Outbound, Reading};
use futures_util::TryStreamExt;
use js_sys::Uint8Array;
use worker::{AbortController, Fetch, Headers, Method, Request, RequestInit, RequestRedirect, Response};

/// Gets a document from an external server within `timeout_ms`, after checking the address. The answer has the body if
/// it is at most `max_bytes` long; a longer one is a failure.
pub async fn get(url: &str, accept: &str, max_bytes: usize, reach: Reach, timeout_ms: u32) -> Result<Answer, Failure> {
    reach_within(url, reach, read(url, accept, max_bytes), platform::sleep(timeout_ms)).await
}

/// Posts a request to an external server within `timeout_ms`, after checking the address. The answer has the body if it is at most
/// `max_bytes` long; a longer one is a failure.
pub async fn post_and_read(
    outbound: Outbound,
    max_bytes: usize,
    reach: Reach,
    timeout_ms: u32,
) -> Result<Answer, Failure> {
    let answer = async { answered(posted(&outbound).map_err(drop)?, max_bytes).await };
    reach_within(&outbound.url, reach, answer, platform::sleep(timeout_ms)).await
}

async fn read(url: &str, accept: &str, max_bytes: usize) -> Result<Answer, ()> {
    let headers = Headers::new();
    headers.set("accept", accept).map_err(drop)?;
    let mut init = RequestInit::new();
    init.with_method(Method::Get).with_headers(headers).with_redirect(RequestRedirect::Manual);
    answered(Request::new_with_init(url, &init).map_err(drop)?, max_bytes).await
}

/// Sends a request, and reads the body of its answer.
async fn answered(request: Request, max_bytes: usize) -> Result<Answer, ()> {
    let abort = AbortOnDrop(Some(AbortController::default()));
    let mut response = send(request, &abort).await?;
    let mut body = Vec::new();
    // The platform refuses to stream an absent body.
    let Ok(mut chunks) = response.stream() else { return Ok(head(&response)) };
    while let Some(chunk) = chunks.try_next().await.map_err(drop)? {
        if body.len().saturating_add(chunk.len()) > max_bytes {
            return Err(());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { body, ..head(&response) })
}

/// Gets a page. Only the body of HTML is read, up to a limit; what is left of it is discarded.
pub(crate) async fn page(reading: Reading) -> Result<Document, ()> {
    let Reading { url, headers, max_bytes } = reading;
    let sent = Headers::new();
    for (name, value) in &headers {
        sent.set(name.as_ref(), value).map_err(drop)?;
    }
    let mut init = RequestInit::new();
    init.with_method(Method::Get).with_headers(sent).with_redirect(RequestRedirect::Manual);
    let request = Request::new_with_init(&url, &init).map_err(drop)?;
    let abort = AbortOnDrop(Some(AbortController::default()));
    let mut response = send(request, &abort).await?;
    let header = |name| response.headers().get(name).ok().flatten();
    let (status, location) = (response.status_code(), header("location"));
    let content_type = header("content-type").unwrap_or_default();
    let mut body = Vec::new();
    if status == 200
        && is_html(&content_type)
        && let Ok(mut chunks) = response.stream()
    {
        while body.len() < max_bytes
            && let Some(chunk) = chunks.try_next().await.map_err(drop)?
        {
            body.extend(chunk.into_iter().take(max_bytes.saturating_sub(body.len())));
        }
    }
    Ok(Document { status, location, content_type, body })
}

/// Posts a request. The answer's body is not read.
pub(crate) async fn post(outbound: Outbound) -> Result<Answer, ()> {
    let request = posted(&outbound).map_err(drop)?;
    let abort = AbortOnDrop(Some(AbortController::default()));
    let response = send(request, &abort).await?;
    Ok(head(&response))
}

async fn send(request: Request, abort: &AbortOnDrop) -> Result<Response, ()> {
    let signal = abort.0.as_ref().map(AbortController::signal).ok_or(())?;
    Fetch::Request(request).send_with_signal(&signal).await.map_err(drop)
}

/// Status and `retry-after` of a response.
pub(crate) fn head(response: &Response) -> Answer {
    let retry_after = response.headers().get("retry-after").ok().flatten();
    Answer { status: response.status_code(), body: Vec::new(), retry_after }
}

fn posted(outbound: &Outbound) -> worker::Result<Request> {
    let headers = Headers::new();
    for (name, value) in &outbound.headers {
        headers.set(name.as_ref(), value)?;
    }
    let mut init = RequestInit::new();
    init.with_method(Method::Post)
        .with_headers(headers)
        .with_redirect(RequestRedirect::Manual)
        .with_body(Some(Uint8Array::from(outbound.body.as_slice()).into()));
    Request::new_with_init(&outbound.url, &init)
}

/// Aborts a request when dropped, so that an unread rest of its response is discarded.
struct AbortOnDrop(Option<AbortController>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        if let Some(controller) = self.0.take() {
            controller.abort();
        }
    }
}
