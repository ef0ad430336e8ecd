//! HTTP fetch of the JWKS documents that apps publish.

use campana_core::shared::json::read_input_bytes;
use campana_http::{BoxFuture, Environment, JwksSource};
use futures_util::future::{Either, select};
use serde_json::Value;
use std::pin::pin;
use std::time::Duration;
use worker::send::SendFuture;
use worker::{Delay, Fetch};

/// Largest accepted JWKS document, bytes.
const MAX_BYTES: usize = 64 * 1024;
const TIMEOUT_MS: u64 = 5_000;

/// JWKS source for the URLs in apps' settings.
pub(crate) struct PublishedKeys {
    environment: Environment,
}

impl PublishedKeys {
    /// Plain HTTP is allowed in the local environment only.
    pub(crate) fn new(environment: Environment) -> Self {
        Self { environment }
    }
}

impl JwksSource for PublishedKeys {
    fn fetch<'a>(&'a self, url: &'a str) -> BoxFuture<'a, Option<Value>> {
        let plain = self.environment == Environment::Local && url.starts_with("http://");
        Box::pin(SendFuture::new(async move {
            if !plain && !url.starts_with("https://") {
                return None;
            }
            let timeout = Delay::from(Duration::from_millis(TIMEOUT_MS));
            match select(pin!(get(url)), timeout).await {
                Either::Left((document, _)) => document,
                Either::Right(_) => None,
            }
        }))
    }
}

async fn get(url: &str) -> Option<Value> {
    let mut response = Fetch::Url(url.parse().ok()?).send().await.ok()?;
    if response.status_code() != 200 {
        return None;
    }
    let bytes = response.bytes().await.ok().filter(|bytes| bytes.len() <= MAX_BYTES)?;
    read_input_bytes(&bytes).ok()
}
