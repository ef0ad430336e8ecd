//! Signed links to files: addresses for a few minutes, bound to a person, for players and downloads that cannot send a header.
//!
//! A link proves who reads, like a token. Whether they may read the file is asked each time, so that it ends with the membership;
//! it also ends with a revocation of the identity that asked for it.

use crate::accounts::revocation::SigningKey;
use crate::shared::ids::{FileId, TenantId, UserId};
use crate::shared::timestamp::Timestamp;
use base64ct::{Base64UrlUnpadded, Encoding};
use hmac::{Hmac, Mac};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// How long a link is valid, milliseconds: five minutes.
pub const LIFETIME_MS: i64 = 5 * 60 * 1_000;
/// Longest text that is read as a link's signature.
const MAX_CHARS: usize = 2_048;

/// What the text of an address proves, signed with a secret of an app.
pub trait Claims: Serialize + DeserializeOwned {
    /// What the key signs for anything else never begins with this.
    const PURPOSE: &'static [u8];

    /// The tenant whose secret signs.
    fn tenant(&self) -> &TenantId;

    /// When the address ends.
    fn expires_at_ms(&self) -> i64;

    /// The text for the address. `None` if the secret is empty.
    fn sign(&self, secret: &str) -> Option<String> {
        let claims = Base64UrlUnpadded::encode_string(serde_json::to_string(self).ok()?.as_bytes());
        let signature = mac::<Self>(secret, &claims)?.finalize().into_bytes();
        Some(format!("{claims}.{}", Base64UrlUnpadded::encode_string(&signature)))
    }
}

/// What a link proves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Tenant of the person and of the file.
    #[serde(rename = "t")]
    pub tenant: TenantId,
    /// The person.
    #[serde(rename = "u")]
    pub user: UserId,
    /// The file.
    #[serde(rename = "f")]
    pub file: FileId,
    /// When the link ends.
    #[serde(rename = "e")]
    pub expires_at_ms: i64,
    /// When the identity was issued that asked for the link.
    #[serde(rename = "i", default, skip_serializing_if = "Option::is_none")]
    pub issued_at_ms: Option<i64>,
    /// What signed that identity.
    #[serde(rename = "k", default, skip_serializing_if = "SigningKey::is_unknown")]
    pub signed_with: SigningKey,
}

impl Claims for Link {
    const PURPOSE: &'static [u8] = b"campana file link\n";

    fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    fn expires_at_ms(&self) -> i64 {
        self.expires_at_ms
    }
}

/// Claims whose signature is not verified yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unverified<C = Link> {
    claims: C,
    signed: String,
    signature: Vec<u8>,
}

impl<C: Claims> Unverified<C> {
    /// Reads the text of an address. `None` if it has no such claims.
    pub fn read(text: &str) -> Option<Self> {
        let (signed, signature) = text.split_once('.').filter(|_| text.len() <= MAX_CHARS)?;
        let claims = serde_json::from_slice(&Base64UrlUnpadded::decode_vec(signed).ok()?).ok()?;
        let signature = Base64UrlUnpadded::decode_vec(signature).ok()?;
        Some(Self { claims, signed: signed.to_owned(), signature })
    }

    /// The tenant whose secret must have signed it.
    pub fn tenant(&self) -> &TenantId {
        self.claims.tenant()
    }

    /// The claims, if one of the secrets signed them and they have not ended.
    pub fn verify<'a>(self, mut secrets: impl Iterator<Item = &'a str>, now: Timestamp) -> Option<C> {
        let made_by =
            |secret: &str| mac::<C>(secret, &self.signed).is_some_and(|mac| mac.verify_slice(&self.signature).is_ok());
        let is_signed = secrets.any(made_by);
        Some(self.claims).filter(|claims| is_signed && now.millis() < claims.expires_at_ms())
    }
}

fn mac<C: Claims>(secret: &str, claims: &str) -> Option<Hmac<Sha256>> {
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok().filter(|_| !secret.is_empty())?;
    Some(mac.chain_update(C::PURPOSE).chain_update(claims.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link() -> Link {
        Link {
            tenant: TenantId::trusted("demo"),
            user: UserId::trusted("7"),
            file: FileId::trusted("f"),
            expires_at_ms: 1_000,
            issued_at_ms: Some(1),
            signed_with: SigningKey::Secret(1),
        }
    }

    fn check(text: &str, secret: &str, now: i64) -> Option<Link> {
        Unverified::<Link>::read(text)?.verify([secret].into_iter(), Timestamp::from_millis(now))
    }

    #[test]
    fn a_link_is_signed_by_a_secret_and_ends() {
        let text = link().sign("secret").expect("a link");
        assert_eq!(check(&text, "secret", 999), Some(link()));
        assert_eq!(check(&text, "secret", 1_000), None);
        assert_eq!(check(&text, "other", 0), None);
        assert_eq!(check(&text, "", 0), None);
        assert_eq!(link().sign(""), None);
    }

    #[test]
    fn a_changed_link_is_refused() {
        let text = link().sign("secret").expect("a link");
        let (_, signature) = text.split_once('.').expect("two parts");
        let other = Link { user: UserId::trusted("8"), ..link() }.sign("x").expect("a link");
        let (claims, _) = other.split_once('.').expect("two parts");
        assert_eq!(check(&format!("{claims}.{signature}"), "secret", 0), None);
        for nonsense in ["", ".", "a.b", "e30.e30", &"a".repeat(9_000)] {
            assert_eq!(check(nonsense, "secret", 0), None, "{nonsense}");
        }
    }
}
