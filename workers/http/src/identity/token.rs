//! JSON Web Tokens (RFC 7519): parsing and verification.
//!
//! Two types separate the steps: [`Unverified`] reveals only which app and key to look up; claims about the user are
//! available only from [`Unverified::verify`].

use super::failures::Denied;
use super::signature::{Algorithm, Key};
use base64ct::{Base64UrlUnpadded, Encoding};
use campana_core::accounts::auth::AuthSettings;
use campana_core::accounts::auth_failure::AuthFailure;
use campana_core::accounts::principal::Principal;
use campana_core::alerts::is_group;
use campana_core::shared::ids::{TenantId, UserId};
use campana_core::shared::json::read_input_bytes;
use campana_core::shared::problem::{Kind, Problem};
use campana_core::shared::timestamp::Timestamp;
use campana_core::shared::visible::visible;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Longest token, bytes.
const MAX_TOKEN_BYTES: usize = 8 * 1024;
/// Tolerated lead of the application's clock for `nbf` and `iat`, seconds. `exp` has no tolerance, because sockets
/// close at exactly that time.
const LEEWAY_SECONDS: f64 = 60.0;
/// The same, milliseconds.
pub(super) const LEEWAY_MS: i64 = 60_000;
/// Longest display name, characters; longer ones are truncated.
const MAX_NAME_CHARS: usize = 128;
/// Longest avatar URL, bytes; longer ones are dropped.
const MAX_AVATAR_BYTES: usize = 2_048;
/// Maximum number of permissions read.
const MAX_GRANTS: usize = 64;
/// Role of an administrator of the app.
const ADMIN: &str = "admin";

#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    kid: Option<String>,
    /// Critical extensions; none are supported.
    #[serde(default)]
    crit: Option<Value>,
}

/// Claims of a token that are read.
#[derive(Deserialize)]
struct Claims {
    sub: Sub,
    tenant: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    avatar: Option<String>,
    #[serde(default)]
    roles: Vec<String>,
    #[serde(default)]
    permissions: Vec<String>,
    #[serde(default)]
    groups: Vec<String>,
    /// Seconds since the Unix epoch, possibly fractional.
    exp: f64,
    #[serde(default)]
    nbf: Option<f64>,
    #[serde(default)]
    iat: Option<f64>,
    #[serde(default)]
    iss: Option<Value>,
    #[serde(default)]
    aud: Option<Value>,
}

/// User id: a string, or a number as in many applications.
#[derive(Deserialize)]
#[serde(untagged)]
enum Sub {
    Text(String),
    Number(i64),
}

impl Sub {
    fn into_text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Number(number) => number.to_string(),
        }
    }
}

/// A parsed token before verification.
pub(crate) struct Unverified<'a> {
    signed: &'a str,
    signature: Vec<u8>,
    algorithm: Algorithm,
    key_id: Option<String>,
    tenant: TenantId,
    claims: Claims,
}

impl<'a> Unverified<'a> {
    /// Parses a token.
    pub(crate) fn read(token: &'a str) -> Result<Self, Denied> {
        let malformed = |detail: &str| Denied::new(AuthFailure::MalformedToken, detail);
        let broken = || malformed("the token is not a JWT");
        if token.len() > MAX_TOKEN_BYTES {
            return Err(malformed("the token is too long"));
        }
        let (signed, signature) = token.rsplit_once('.').ok_or_else(broken)?;
        let (header, claims) = signed.split_once('.').ok_or_else(broken)?;
        let header: Header = part(header).ok_or_else(broken)?;
        let signature = Base64UrlUnpadded::decode_vec(signature).map_err(|_| broken())?;
        if header.crit.is_some() {
            return Err(malformed("the token has critical extensions"));
        }
        let algorithm = Algorithm::parse(&header.alg)
            .ok_or_else(|| malformed("the token's algorithm is none of HS256, RS256, ES256"))?;
        let claims: Claims =
            part(claims).ok_or_else(|| malformed("the token lacks sub, tenant or exp, or a claim has a wrong type"))?;
        let tenant = TenantId::parse(&claims.tenant).ok_or_else(|| malformed("the token's tenant is not valid"))?;
        Ok(Self { signed, signature, algorithm, key_id: header.kid, tenant, claims })
    }

    /// The claimed tenant.
    pub(super) fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// The claimed algorithm.
    pub(super) fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The claimed key id.
    pub(super) fn key_id(&self) -> Option<&str> {
        self.key_id.as_deref()
    }

    /// Verifies the signature, then issuer and audience, then the times, then reads the user.
    pub(crate) fn verify(self, key: &Key, settings: &AuthSettings, now: Timestamp) -> Result<Principal, Denied> {
        let malformed = |detail: &str| Denied::new(AuthFailure::MalformedToken, detail);
        let signed_with = key
            .verifies(self.algorithm, self.signed.as_bytes(), &self.signature)
            .ok_or_else(|| Denied::new(AuthFailure::BadSignature, "the signature does not fit"))?;
        let claims = self.claims;
        if !settings.accepts_issuer(claims.iss.as_ref()) {
            return Err(Denied::new(
                AuthFailure::WrongIssuer,
                "the token's iss is not the issuer that the app requires",
            ));
        }
        if !settings.accepts_audience(claims.aud.as_ref()) {
            let detail = "the token's aud does not contain the audience that the app requires";
            return Err(Denied::new(AuthFailure::WrongAudience, detail));
        }
        let expires_at_ms = millis(claims.exp).ok_or_else(|| malformed("the token's exp is not a time"))?;
        if expires_at_ms <= now.millis() {
            let problem = Problem::new(Kind::TokenExpired, "come back with a new token");
            return Err(Denied::with(AuthFailure::Expired, problem));
        }
        for begins in [claims.nbf, claims.iat].into_iter().flatten() {
            let begins_ms = millis(begins - LEEWAY_SECONDS).ok_or_else(|| malformed("nbf or iat is not a time"))?;
            if begins_ms > now.millis() {
                return Err(Denied::new(AuthFailure::NotYetValid, "the token is not valid yet"));
            }
        }
        let user_id =
            UserId::parse(&claims.sub.into_text()).ok_or_else(|| malformed("the token's sub is not valid"))?;
        Ok(Principal {
            tenant: self.tenant,
            name: display_name(claims.name.as_deref(), &user_id),
            user_id,
            avatar: claims.avatar.filter(|address| is_picture(address)),
            admin: claims.roles.iter().any(|role| role == ADMIN),
            permissions: claims.permissions.into_iter().take(MAX_GRANTS).collect(),
            groups: claims.groups.into_iter().filter(|group| is_group(group)).take(MAX_GRANTS).collect(),
            // Whatever a clock that is ahead has written, the token was issued before now.
            issued_at_ms: claims.iat.and_then(millis).map(|at| at.min(now.millis())),
            signed_with,
            expires_at_ms,
        })
    }
}

fn part<T: DeserializeOwned>(text: &str) -> Option<T> {
    read_input_bytes(&Base64UrlUnpadded::decode_vec(text).ok()?).ok()
}

/// Seconds to milliseconds; `None` after the year 9999.
fn millis(seconds: f64) -> Option<i64> {
    let millis = seconds * 1_000.0;
    #[expect(clippy::cast_possible_truncation, reason = "checked to be in range")]
    (millis.is_finite() && millis.abs() < 253_402_300_800_000.0).then_some(millis as i64)
}

fn display_name(claimed: Option<&str>, user_id: &UserId) -> String {
    let printable = claimed.unwrap_or_default().chars().filter(|c| !c.is_control());
    let name = visible(&printable.take(MAX_NAME_CHARS).collect::<String>());
    if name.is_empty() { user_id.as_str().to_owned() } else { name }
}

/// Pages use this URL as an image source, so only HTTP(S) URLs and absolute paths are accepted.
fn is_picture(address: &str) -> bool {
    let web = address.starts_with("https://") || address.starts_with("http://") || address.starts_with('/');
    web && address.len() <= MAX_AVATAR_BYTES && !address.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::signature::sign_hs256;
    use proptest::prelude::*;

    const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);
    /// End of the year 9999, milliseconds.
    const LATEST_MS: i64 = 253_402_300_799_999;

    fn seconds() -> impl Strategy<Value = String> {
        const ODD: [&str; 14] = [
            "0",
            "-1",
            "-0.0",
            "1699999999.9999",
            "1700000000",
            "1700000000.0001",
            "1700000060",
            "9007199254740993",
            "9223372036854775808",
            "-9223372036854775808",
            "253402300799.999",
            "253402300800",
            "1e308",
            "1e309",
        ];
        prop_oneof![
            prop::sample::select(&ODD[..]).prop_map(str::to_owned),
            any::<i64>().prop_map(|number| number.to_string()),
            any::<f64>().prop_map(|number| number.to_string()),
        ]
    }

    proptest! {
        #[test]
        fn times_of_any_magnitude_are_bounded(exp in seconds(), nbf in seconds(), iat in seconds()) {
            let claims = format!(r#"{{"sub":"7","tenant":"demo","exp":{exp},"nbf":{nbf},"iat":{iat}}}"#);
            let token = sign_hs256(b"secret", &claims).expect("the token is present");
            let key = Key::Secrets(vec![(1, b"secret".to_vec())]);
            let Ok(unverified) = Unverified::read(&token) else { return Ok(()) };
            if let Ok(person) = unverified.verify(&key, &AuthSettings::default(), NOW) {
                prop_assert!((NOW.millis() + 1..=LATEST_MS).contains(&person.expires_at_ms), "{claims}");
                prop_assert!(person.issued_at_ms.is_none_or(|at| at <= NOW.millis()), "{claims}");
            }
        }

        #[test]
        fn arbitrary_text_is_no_valid_token(text in any::<String>(), parts in prop::collection::vec(any::<Vec<u8>>(), 0..5), header in any::<String>()) {
            let parts: Vec<String> = parts.iter().map(|part| Base64UrlUnpadded::encode_string(part)).collect();
            let alg = Base64UrlUnpadded::encode_string(format!(r#"{{"alg":{}}}"#, serde_json::Value::from(header)).as_bytes());
            for token in [text.clone(), parts.join("."), format!("{alg}.{}", parts.join("."))] {
                prop_assert!(Unverified::read(&token).is_err(), "{token}");
            }
        }
    }
}
