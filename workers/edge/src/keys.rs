//! HTTP fetch of the JWKS documents that apps publish.

use campana_core::shared::address::{Reach, host_of};
use campana_core::shared::json::read_input_bytes;
use campana_http::{BoxFuture, Environment, JwksSource};
use campana_objects::outbound;
use campana_runtime::http::Failure;
use serde_json::Value;
use worker::send::SendFuture;

/// Largest accepted JWKS document, bytes.
const MAX_BYTES: usize = 64 * 1024;
const TIMEOUT_MS: u32 = 5_000;

/// JWKS source for the URLs in apps' settings.
pub(crate) struct PublishedKeys {
    reach: Reach,
}

impl PublishedKeys {
    /// Only the local environment may reach private networks and plain HTTP.
    pub(crate) fn new(environment: Environment) -> Self {
        Self { reach: environment.reach() }
    }
}

impl JwksSource for PublishedKeys {
    fn fetch<'a>(&'a self, url: &'a str) -> BoxFuture<'a, Option<Value>> {
        Box::pin(SendFuture::new(async move {
            let document = get(url, self.reach).await;
            if let Err(failure) = &document {
                // The rest of the URL may hold a secret.
                let (reason, status) = (failure.as_str(), failure.status());
                tracing::warn!(at = "identity.keys", host = host_of(url), reason, status);
            }
            document.ok()
        }))
    }
}

/// The document. An answer that is longer or no JSON counts like one with an unexpected status.
async fn get(url: &str, reach: Reach) -> Result<Value, Failure> {
    let answer = outbound::get(url, "application/json", MAX_BYTES, reach, TIMEOUT_MS).await?;
    let document = if answer.status == 200 { read_input_bytes(&answer.body).ok() } else { None };
    document.ok_or(Failure::Answered(answer.status))
}
