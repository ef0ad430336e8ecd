//! Requests to the scanners of apps, over HTTP.

use campana_core::shared::address::Reach;
use campana_http::{BoxFuture, Environment, ScannerAnswer, ScannerCall, Scanners};
use campana_objects::outbound;
use campana_runtime::ports::Outbound;
use worker::send::SendFuture;

/// Scanners at the URLs in apps' settings.
pub(crate) struct HttpScanners {
    reach: Reach,
}

impl HttpScanners {
    /// Only the local environment may reach private networks and plain HTTP.
    pub(crate) fn new(environment: Environment) -> Self {
        Self { reach: environment.reach() }
    }
}

impl Scanners for HttpScanners {
    fn ask(&self, call: ScannerCall) -> BoxFuture<'_, Result<ScannerAnswer, &'static str>> {
        Box::pin(SendFuture::new(async move {
            let ScannerCall { url, headers, body, timeout_ms, max_bytes } = call;
            let given = [("content-type", "application/json"), ("user-agent", "campana-webhooks")];
            let given = given.map(|(name, value)| (name.into(), value.to_owned()));
            let headers = headers.into_iter().chain(given).collect();
            let request = Outbound { url, headers, body: body.into_bytes() };
            let answer = outbound::post_and_read(request, max_bytes, self.reach, timeout_ms).await;
            let answer = answer.map_err(campana_runtime::http::Failure::as_str)?;
            Ok(ScannerAnswer { status: answer.status, body: answer.body })
        }))
    }
}
