//! Sender identification (RFC 8292): a token for each push service, signed with the key that devices subscribed with.

use crate::shared::timestamp::Timestamp;
use base64ct::{Base64UrlUnpadded, Encoding};
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::json;
use url::Url;

/// Life of a token in milliseconds: at most one day (RFC 8292, section 2).
const TOKEN_LIFE_MS: i64 = 12 * 60 * 60 * 1_000;
/// How long a token is reused, in milliseconds: leaves a margin for the clocks of push services.
pub const TOKEN_GOOD_MS: i64 = TOKEN_LIFE_MS / 2;

/// The sender's key and contact.
#[derive(Clone)]
pub struct Vapid {
    key: SigningKey,
    subject: String,
}

impl Vapid {
    /// Reads a private key (32 bytes in base64url) and a contact: `mailto:` or `https:` with a public domain, since some
    /// push services reject others. `None` if either is invalid.
    pub fn read(private_key: &str, subject: &str) -> Option<Self> {
        let bytes = Base64UrlUnpadded::decode_vec(private_key.trim().trim_end_matches('=')).ok()?;
        let subject = subject.trim();
        let key = SigningKey::from_slice(&bytes).ok().filter(|_| is_reachable(subject))?;
        Some(Self { key, subject: subject.to_owned() })
    }

    /// The public key in base64url, for `applicationServerKey` in browsers.
    pub fn public_key(&self) -> String {
        Base64UrlUnpadded::encode_string(self.key.verifying_key().to_encoded_point(false).as_bytes())
    }

    /// The `Authorization` header for all devices of a push service; reuse it for [`TOKEN_GOOD_MS`]. `origin` is
    /// [`Vapid::audience`] of a device's endpoint.
    pub fn authorization(&self, origin: &str, now: Timestamp) -> String {
        let expires_s = now.plus_millis(TOKEN_LIFE_MS).millis() / 1_000;
        let header = json!({"typ": "JWT", "alg": "ES256"});
        let claims = json!({"aud": origin, "exp": expires_s, "sub": self.subject});
        let part = |json: serde_json::Value| Base64UrlUnpadded::encode_string(json.to_string().as_bytes());
        let signed = format!("{}.{}", part(header), part(claims));
        let signature: Signature = self.key.sign(signed.as_bytes());
        let signature = Base64UrlUnpadded::encode_string(&signature.to_bytes());
        format!("vapid t={signed}.{signature}, k={}", self.public_key())
    }

    /// The origin of an endpoint: the token's audience.
    pub fn audience(endpoint: &str) -> Option<String> {
        Some(Url::parse(endpoint).ok()?.origin().ascii_serialization())
    }
}

/// Whether a contact is an address at a domain outside this machine and its network.
fn is_reachable(subject: &str) -> bool {
    let Ok(url) = Url::parse(subject) else { return false };
    let domain = match url.scheme() {
        "https" => url.domain(),
        "mailto" => url.path().rsplit_once('@').filter(|(name, _)| !name.is_empty()).map(|(_, domain)| domain),
        _ => None,
    };
    let is_local = |domain: &str| ["localhost", "local", "internal"].contains(&domain);
    domain.is_some_and(|domain| {
        domain.rsplit_once('.').is_some_and(|(name, last)| !name.is_empty() && !last.is_empty() && !is_local(last))
    })
}

/// Does not print the key.
impl std::fmt::Debug for Vapid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vapid").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use p256::ecdsa::VerifyingKey;
    use p256::ecdsa::signature::Verifier;
    use serde_json::Value;

    const PRIVATE: &str = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw";
    const PUBLIC: &str = "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8";

    fn decoded(text: &str) -> Vec<u8> {
        Base64UrlUnpadded::decode_vec(text).expect("base64url")
    }

    #[test]
    fn a_token_is_for_one_push_service_for_less_than_a_day_and_verifies() {
        let vapid = Vapid::read(PRIVATE, "mailto:ops@example.org").expect("a valid key");
        let now = Timestamp::from_millis(1_700_000_000_000);
        let header = vapid.authorization("https://push.example.org", now);
        let (token, key) =
            header.strip_prefix("vapid t=").and_then(|rest| rest.split_once(", k=")).expect("both parts");
        assert_eq!(key, PUBLIC);
        let (signed, signature) = token.rsplit_once('.').expect("three parts");
        let key = VerifyingKey::from_sec1_bytes(&decoded(key)).expect("a point");
        let signature = Signature::from_slice(&decoded(signature)).expect("r and s");
        key.verify(signed.as_bytes(), &signature).expect("a valid signature");
        let (head, claims) = signed.split_once('.').expect("two parts");
        let read = |part: &str| serde_json::from_slice::<Value>(&decoded(part)).expect("JSON");
        assert_eq!(read(head), json!({"typ": "JWT", "alg": "ES256"}));
        let expires_s = 1_700_000_000 + TOKEN_LIFE_MS / 1_000;
        let claimed = json!({"aud": "https://push.example.org", "exp": expires_s, "sub": "mailto:ops@example.org"});
        assert_eq!(read(claims), claimed);
    }

    #[test]
    fn a_contact_has_a_public_domain() {
        for good in ["mailto:ops@example.org", " https://example.org/contact ", "mailto:a.b+c@mail.example.com"] {
            assert!(Vapid::read(PRIVATE, good).is_some(), "{good}");
        }
        for bad in [
            "",
            "ops@example.org",
            "mailto:",
            "mailto:example.org",
            "mailto:@example.org",
            "mailto:ops@localhost",
            "mailto:ops@my.localhost",
            "mailto:ops@printer.local",
            "mailto:ops@.",
            "https://localhost/",
            "https://10.0.0.1/",
            "http://example.org/",
        ] {
            assert!(Vapid::read(PRIVATE, bad).is_none(), "{bad}");
        }
        assert!(Vapid::read("short", "mailto:ops@example.org").is_none());
    }

    #[test]
    fn an_audience_is_an_origin() {
        for (endpoint, origin) in [
            ("https://fcm.googleapis.com/fcm/send/x:y", "https://fcm.googleapis.com"),
            ("https://push.example:8443/a?b=c", "https://push.example:8443"),
            ("https://push.example:443/a", "https://push.example"),
        ] {
            assert_eq!(Vapid::audience(endpoint).as_deref(), Some(origin));
        }
        assert_eq!(Vapid::audience("nonsense"), None);
    }

    #[test]
    fn an_invalid_key_or_subject_is_none() {
        for subject in ["", "mailto:", "ops@example.org", "http://example.org", "tel:1", "https:"] {
            assert!(Vapid::read(PRIVATE, subject).is_none(), "{subject}");
        }
        for key in ["", "x", "AAAA", PUBLIC, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
            assert!(Vapid::read(key, "mailto:ops@example.org").is_none(), "{key}");
        }
        assert!(Vapid::read(&format!(" {PRIVATE}=\n"), "https://example.org/contact").is_some());
    }
}
