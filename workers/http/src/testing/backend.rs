//! Signed requests of an app's backend, valid and invalid.

use super::World;
use super::exchange::Call;
use super::tokens::DEMO_SECRET;
use campana_core::pusher::signature::{request_text, sign};
use campana_core::shared::hex::hex;
use md5::{Digest, Md5};
use serde_json::Value;

/// A signature under construction; valid by default.
#[derive(Debug, Clone)]
pub(crate) struct Signing {
    secret: String,
    skew_s: i64,
    changed: Vec<(&'static str, Option<String>)>,
}

impl Signing {
    /// A valid signature of the demo app's backend.
    pub(crate) fn good() -> Self {
        Self { secret: DEMO_SECRET.to_owned(), skew_s: 0, changed: Vec::new() }
    }

    pub(crate) fn secret(mut self, secret: &str) -> Self {
        secret.clone_into(&mut self.secret);
        self
    }

    /// Sets the clock difference.
    pub(crate) fn skewed(mut self, seconds: i64) -> Self {
        self.skew_s = seconds;
        self
    }

    /// Replaces a parameter's value before signing.
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.changed.push((name, Some(value.to_owned())));
        self
    }

    /// Omits a parameter.
    pub(crate) fn without(mut self, name: &'static str) -> Self {
        self.changed.push((name, None));
        self
    }

    fn parameters(&self, now_ms: i64, body: &[u8]) -> Vec<(String, String)> {
        let mut all = vec![
            ("auth_key".to_owned(), "demo".to_owned()),
            ("auth_timestamp".to_owned(), (now_ms / 1_000 + self.skew_s).to_string()),
            ("auth_version".to_owned(), "1.0".to_owned()),
        ];
        if !body.is_empty() {
            all.push(("body_md5".to_owned(), hex(&Md5::digest(body))));
        }
        for (name, value) in &self.changed {
            all.retain(|(key, _)| key != name);
            all.extend(value.iter().map(|value| ((*name).to_owned(), value.clone())));
        }
        all
    }
}

impl World {
    /// A signed request without a body.
    pub(crate) fn signed_get(&self, path: &str, signing: &Signing) -> Call {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        self.call("GET", &self.address("GET", path, query, &[], signing))
    }

    /// A signed request with a JSON body.
    pub(crate) fn signed_post(&self, path: &str, body: &[u8], signing: &Signing) -> Call {
        let call = self.call("POST", &self.address("POST", path, "", body, signing));
        call.raw("application/json", body)
    }

    /// A validly signed POST.
    #[expect(clippy::needless_pass_by_value, reason = "shorter at call sites")]
    pub(crate) fn backend_posts(&self, path: &str, body: Value) -> Call {
        self.signed_post(path, body.to_string().as_bytes(), &Signing::good())
    }

    /// A validly signed GET.
    pub(crate) fn backend_gets(&self, path: &str) -> Call {
        self.signed_get(path, &Signing::good())
    }

    fn address(&self, method: &str, path: &str, query: &str, body: &[u8], signing: &Signing) -> String {
        let mut pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        pairs.extend(signing.parameters(self.clock.millis(), body));
        let signature = sign(&signing.secret, &request_text(method, path, &pairs).unwrap_or_default());
        if !pairs.iter().any(|(name, _)| name == "auth_signature") {
            pairs.push(("auth_signature".to_owned(), signature));
        }
        format!("{path}?{}", form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish())
    }
}
