//! Tokens for the bench's users, signed as an application's backend does.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Lifetime of a token, longer than any run.
const LIFETIME: Duration = Duration::from_hours(1);

/// The tenant and the secret that signs its tokens.
pub(crate) struct Issuer {
    pub(crate) tenant: String,
    pub(crate) secret: String,
}

impl Issuer {
    /// An HS256 token of the user `user`.
    pub(crate) fn token(&self, user: &str) -> String {
        self.token_with(user, &[])
    }

    /// The same with permissions.
    pub(crate) fn token_with(&self, user: &str, permissions: &[&str]) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let claims = serde_json::json!({
            "sub": user,
            // The seeded name, because a changed one makes the first request write to the users' table.
            "name": user,
            "tenant": self.tenant,
            "permissions": permissions,
            "exp": (now + LIFETIME).as_secs(),
        });
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
        let signed = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims.to_string()));
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.secret.as_bytes()) else {
            unreachable!("HMAC takes keys of every length");
        };
        mac.update(signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
    }
}
