//! Authentication of an app's backend by its app secret. Nothing in a request is processed before its signature is
//! verified. The signature covers method, path, query and, by `body_md5`, the body; so everything except the digest is
//! verified before the body is read.

use super::fault::Fault;
use crate::App;
use crate::identity::{AppName, app_named, count_app, count_stranger, good_secrets};
use crate::request::read_up_to;
use crate::response::Exchange;
use axum::RequestExt;
use axum::body::Body;
use axum::extract::{FromRequest, RawPathParams, Request};
use axum::http::HeaderMap;
use campana_core::accounts::auth_failure::AuthFailure;
use campana_core::pusher::signature::{request_text, verifies};
use campana_core::shared::hex::hex;
use campana_core::shared::json::read_input_bytes;
use campana_core::shared::problem::Kind;
use campana_storage::App as AppRecord;
use md5::{Digest, Md5};
use serde_json::{Map, Value};
use std::sync::Arc;

/// Largest body, bytes. It fits a batch of the largest payloads that an app can allow, even if JSON escapes most
/// characters into two or three.
const MAX_BODY_BYTES: usize = 2 * 1024 * 1024;
/// Maximum clock difference between a backend and this service, seconds.
const MAX_SKEW_SECONDS: u64 = 600;
/// Supported `auth_version`.
const AUTH_VERSION: &str = "1.0";

/// A verified request of an app's backend.
#[derive(Debug)]
pub(super) struct Backend {
    /// State of the functions.
    pub(super) app: App,
    /// App whose secret signed the request, as D1 has it.
    pub(super) record: Arc<AppRecord>,
    path: Vec<(String, String)>,
    query: Vec<(String, String)>,
    body: Vec<u8>,
}

#[cfg(feature = "schema")]
impl crate::openapi::Input for Backend {
    fn describe(operation: &mut crate::openapi::Operation<'_>) {
        operation
            .by(crate::openapi::Security::Backend)
            .path::<super::described::AppId>()
            .refuses_plainly(&[400, 401, 403, 404, 413, 429, 500, 503]);
    }
}

impl FromRequest<App> for Backend {
    type Rejection = Fault;

    async fn from_request(mut request: Request, app: &App) -> Result<Self, Fault> {
        let exchange = request.extensions().get::<Exchange>().cloned().unwrap_or_default();
        let path = request.extract_parts::<RawPathParams>().await.map_err(|_| Fault::no_such_app())?;
        let path: Vec<_> = path.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let id = find(&path, "id").unwrap_or_default();
        let record = app_named(app, AppName::Id(id), &exchange).await?.ok_or_else(Fault::no_such_app)?;
        let (parts, body) = request.into_parts();
        let query = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
        let mut backend = Self { app: app.clone(), record, path, query, body: Vec::new() };
        if let Err(fault) = backend.verify(parts.method.as_str(), parts.uri.path(), &exchange) {
            exchange.names(&backend.record);
            exchange.denied(AuthFailure::BadRequestSignature);
            count_stranger(app, &exchange).await?;
            return Err(fault);
        }
        if backend.record.disabled {
            exchange.names(&backend.record);
            exchange.denied(AuthFailure::DisabledApp);
            return Err(Fault::disabled());
        }
        count_app(app, &backend.record).await?;
        if let Err(fault) = backend.read(&parts.headers, body).await {
            if fault.is_unsigned() {
                exchange.names(&backend.record);
                exchange.denied(AuthFailure::BadRequestSignature);
                count_stranger(app, &exchange).await?;
            }
            return Err(fault);
        }
        Ok(backend)
    }
}

impl Backend {
    /// Reads the body that the signature covers. Without `body_md5` it is empty.
    async fn read(&mut self, headers: &HeaderMap, body: Body) -> Result<(), Fault> {
        let wrong = || Fault::unsigned("body_md5 is not the digest of the body");
        let Some(digest) = self.parameter("body_md5") else {
            return match read_up_to(headers, body, 0).await {
                Err(problem) if problem.kind == Kind::TooLarge => Err(wrong()),
                read => Ok(read.map(drop)?),
            };
        };
        let bytes = read_up_to(headers, body, MAX_BODY_BYTES).await?;
        if digest != hex(&Md5::digest(&bytes)) {
            return Err(wrong());
        }
        self.body = bytes;
        Ok(())
    }

    /// Verifies the signature of everything but the body.
    fn verify(&self, method: &str, path: &str, exchange: &Exchange) -> Result<(), Fault> {
        if self.signed_for("auth_key")? != self.record.key {
            return Err(Fault::unsigned("auth_key is not the key of this app"));
        }
        if self.signed_for("auth_version")? != AUTH_VERSION {
            return Err(Fault::unsigned(format!("auth_version has to be {AUTH_VERSION}")));
        }
        let signature = self.signed_for("auth_signature")?;
        let signed_at: i64 = self
            .signed_for("auth_timestamp")?
            .parse()
            .map_err(|_| Fault::unsigned("auth_timestamp is not a number of seconds"))?;
        if (self.app.now().millis() / 1_000).abs_diff(signed_at) > MAX_SKEW_SECONDS {
            exchange.denied(AuthFailure::StaleTimestamp);
            let message = format!("auth_timestamp is more than {MAX_SKEW_SECONDS} s away from the time here");
            return Err(Fault::unsigned(message));
        }
        // Some libraries sign the percent-encoded path, others the decoded one.
        let decoded = decode(path);
        let made_for = |path: &str| {
            request_text(method, path, &self.query)
                .is_some_and(|text| verifies(good_secrets(&self.app, &self.record), &text, signature))
        };
        if made_for(path) || (decoded != path && made_for(&decoded)) {
            return Ok(());
        }
        Err(Fault::unsigned("auth_signature is not the signature of this request"))
    }

    fn signed_for(&self, name: &str) -> Result<&str, Fault> {
        self.parameter(name).ok_or_else(|| Fault::unsigned(format!("{name} is missing")))
    }

    /// A query parameter. Names are case-insensitive.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        let called = |key: &str| key.eq_ignore_ascii_case(name);
        self.query.iter().find(|(key, _)| called(key)).map(|(_, value)| value.as_str())
    }

    /// A decoded path parameter; empty if absent.
    pub(super) fn named(&self, part: &str) -> &str {
        find(&self.path, part).unwrap_or_default()
    }

    /// The body as a JSON object. 400 for anything else.
    pub(super) fn json(&self) -> Result<Map<String, Value>, Fault> {
        match read_input_bytes(&self.body) {
            Ok(Value::Object(fields)) => Ok(fields),
            _ => Err(Fault::bad("The body has to be a JSON object")),
        }
    }
}

fn find<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// Decodes percent-encoding. A `+` stays a `+`, unlike in a query.
fn decode(path: &str) -> String {
    let plain = path.replace('+', "%2B");
    form_urlencoded::parse(plain.replace('&', "%26").replace('=', "%3D").as_bytes()).map(|(text, _)| text).collect()
}
