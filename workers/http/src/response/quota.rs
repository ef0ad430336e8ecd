//! Quota headers, as in draft-ietf-httpapi-ratelimit-headers.

use super::Quota;
use axum::http::{HeaderMap, HeaderName, HeaderValue};

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const STANDING: HeaderName = HeaderName::from_static("ratelimit");
/// Window of the limits, seconds.
const WINDOW_SECONDS: u32 = 60;

/// Writes the headers.
pub(super) fn tell(headers: &mut HeaderMap, quotas: &[Quota]) {
    let policy = list(quotas, |Quota { name, limit, .. }| format!("\"{name}\";q={limit};w={WINDOW_SECONDS}"));
    let standing = list(quotas, |Quota { name, left, full_in_ms, .. }| {
        format!("\"{name}\";r={left};t={}", full_in_ms.div_ceil(1_000))
    });
    for (name, text) in [(POLICY, policy), (STANDING, standing)] {
        if let Ok(value) = HeaderValue::from_str(&text) {
            headers.insert(name, value);
        }
    }
}

fn list(quotas: &[Quota], member: impl Fn(&Quota) -> String) -> String {
    quotas.iter().map(member).collect::<Vec<_>>().join(", ")
}
