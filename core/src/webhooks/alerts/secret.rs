//! Webhook secrets and signatures.

use super::AlertEndpoint;
use crate::shared::timestamp::Timestamp;
use crate::webhooks::{Delivery, Headers};
use base64ct::{Base64, Encoding};
use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// Prefix of secrets.
const PREFIX: &str = "whsec_";
/// What an app's secret signs to become the key of its scanner.
const SCANNER: &[u8] = b"campana file scanner";

/// A secret: `whsec_` and 32 bytes in base64.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

/// Does not print the secret.
impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

impl Secret {
    /// From random bytes.
    pub fn new(random: [u8; 32]) -> Self {
        Self(format!("{PREFIX}{}", Base64::encode_string(&random)))
    }

    /// The key of an app's scanner of files, which derives from the app's secret. `None` if that is empty.
    pub fn of_scanner(app_secret: &str) -> Option<Self> {
        let mac = Hmac::<Sha256>::new_from_slice(app_secret.as_bytes()).ok().filter(|_| !app_secret.is_empty())?;
        let bytes: [u8; 32] = mac.chain_update(SCANNER).finalize().into_bytes().into();
        Some(Self::new(bytes))
    }

    /// Takes a stored secret.
    pub fn trusted(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Signature of a text: `v1,` and base64. `None` if the secret is invalid.
    pub(crate) fn sign(&self, signed: &str) -> Option<String> {
        let key = Base64::decode_vec(self.0.strip_prefix(PREFIX)?).ok()?;
        let mac = Hmac::<Sha256>::new_from_slice(&key).ok()?.chain_update(signed.as_bytes());
        Some(format!("v1,{}", Base64::encode_string(&mac.finalize().into_bytes())))
    }
}

/// Headers of a request. The signature covers `id.timestamp.body`, with the attempt's time in seconds, so that receivers can refuse old
/// requests. There is one for each secret.
pub fn signed_headers<'a>(secrets: impl Iterator<Item = &'a Secret>, id: &str, body: &str, now: Timestamp) -> Headers {
    let timestamp = (now.millis() / 1_000).to_string();
    let signed = format!("{id}.{timestamp}.{body}");
    let signatures: Vec<String> = secrets.filter_map(|secret| secret.sign(&signed)).collect();
    vec![
        ("webhook-id".into(), id.to_owned()),
        ("webhook-timestamp".into(), timestamp),
        ("webhook-signature".into(), signatures.join(" ")),
    ]
}

impl AlertEndpoint {
    /// Headers of a request. After a rotation there are two signatures, the new secret's first.
    pub fn headers(&self, delivery: &Delivery, now: Timestamp) -> Headers {
        signed_headers(self.secrets(now), &delivery.id, &delivery.body, now)
    }
}
