//! Per-app requirements on tokens, and the names of an app's secrets in tokens.

use crate::shared::hex::hex;
use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::Sha256;

/// Text whose HMAC with a secret is the secret's key id.
const KEY_ID_LABEL: &[u8] = b"campana:key-id:1";
/// Bytes of a key id, which is twice as many hexadecimal digits.
const KEY_ID_BYTES: usize = 8;

const HOUR_MS: i64 = 3_600_000;

/// The settings of an app. Missing fields take the defaults.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct AuthSettings {
    /// Longest life of a token, from `iat` to `exp`, in hours, if the app limits it.
    pub max_token_hours: Option<u32>,
    /// The issuer (`iss`) that every token has to have, if the app requires one.
    pub issuer: Option<String>,
    /// The audience that every token's `aud` has to be or contain, if the app requires one.
    pub audience: Option<String>,
}

impl AuthSettings {
    /// Whether a token may live from its time of issue to its expiry, both in Unix milliseconds. A limited life needs a
    /// time of issue. `tolerated_ms` is the difference of clocks that verification tolerates.
    pub fn accepts_life(&self, issued_at_ms: Option<i64>, expires_at_ms: i64, tolerated_ms: i64) -> bool {
        self.max_token_hours.is_none_or(|hours| {
            let longest_ms = i64::from(hours).saturating_mul(HOUR_MS).saturating_add(tolerated_ms);
            issued_at_ms.is_some_and(|issued_at_ms| expires_at_ms.saturating_sub(issued_at_ms) <= longest_ms)
        })
    }

    /// Whether a token with this `iss` is acceptable.
    pub fn accepts_issuer(&self, iss: Option<&Value>) -> bool {
        self.issuer.as_deref().is_none_or(|required| iss.and_then(Value::as_str) == Some(required))
    }

    /// Whether a token with this `aud`, a text or a list of texts, is acceptable.
    pub fn accepts_audience(&self, aud: Option<&Value>) -> bool {
        self.audience.as_deref().is_none_or(|required| match aud {
            Some(Value::Array(names)) => names.iter().any(|name| name.as_str() == Some(required)),
            Some(name) => name.as_str() == Some(required),
            None => false,
        })
    }
}

/// Name of a secret in the `kid` of HS256 tokens: 16 hexadecimal digits that do not reveal the secret. `None` for an empty
/// secret.
pub fn secret_key_id(secret: &str) -> Option<String> {
    let mac = if secret.is_empty() { None } else { Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok() };
    let digest = mac?.chain_update(KEY_ID_LABEL).finalize().into_bytes();
    digest.get(..KEY_ID_BYTES).map(hex)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn requiring(issuer: Option<&str>, audience: Option<&str>) -> AuthSettings {
        AuthSettings { issuer: issuer.map(str::to_owned), audience: audience.map(str::to_owned), max_token_hours: None }
    }

    #[test]
    fn a_limited_life_needs_a_time_of_issue_and_ends_with_the_hour() {
        let settings = AuthSettings { max_token_hours: Some(2), ..AuthSettings::default() };
        for (issued_at, expires_at, is_accepted) in [
            (Some(1_000), 1_000 + 2 * HOUR_MS, true),
            (Some(1_000), 1_050 + 2 * HOUR_MS, true),
            (Some(1_000), 1_051 + 2 * HOUR_MS, false),
            (Some(i64::MIN), i64::MAX, false),
            (None, 1_000, false),
        ] {
            assert_eq!(settings.accepts_life(issued_at, expires_at, 50), is_accepted, "{issued_at:?} {expires_at}");
        }
        assert!(AuthSettings::default().accepts_life(None, i64::MAX, 0));
    }

    #[test]
    fn without_requirements_every_issuer_and_audience_is_acceptable() {
        for value in [None, Some(json!("x")), Some(json!(["x"])), Some(json!(7)), Some(json!(null))] {
            assert!(requiring(None, None).accepts_issuer(value.as_ref()));
            assert!(requiring(None, None).accepts_audience(value.as_ref()));
        }
    }

    #[test]
    fn a_required_issuer_is_compared_exactly() {
        let settings = requiring(Some("https://id.example"), None);
        assert!(settings.accepts_issuer(Some(&json!("https://id.example"))));
        for bad in
            [json!("https://id.example/"), json!("HTTPS://id.example"), json!(["https://id.example"]), json!(null)]
        {
            assert!(!settings.accepts_issuer(Some(&bad)), "{bad}");
        }
        assert!(!settings.accepts_issuer(None));
    }

    #[test]
    fn a_required_audience_is_the_whole_aud_or_one_of_its_names() {
        let settings = requiring(None, Some("chat"));
        for good in [json!("chat"), json!(["chat"]), json!(["web", 7, "chat"])] {
            assert!(settings.accepts_audience(Some(&good)), "{good}");
        }
        for bad in [json!("chat "), json!("web chat"), json!([]), json!([["chat"]]), json!({"chat": 1}), json!(null)] {
            assert!(!settings.accepts_audience(Some(&bad)), "{bad}");
        }
        assert!(!settings.accepts_audience(None));
    }

    #[test]
    fn each_secret_has_its_own_key_id_and_an_empty_one_has_none() {
        assert_eq!(secret_key_id("demo-secret").as_deref(), Some("e541d5f4b50b68fe"));
        assert_ne!(secret_key_id("demo-secret"), secret_key_id("demo-secret "));
        assert_eq!(secret_key_id(""), None);
    }
}
