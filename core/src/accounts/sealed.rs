//! Encryption of app secrets, which the record stores encrypted with AES-256-GCM. `scripts/app` encrypts them, too
//! (scripts/lib/sealed-secrets.mjs).
//!
//! A stored secret is `sealed.1.{key id}.{base64url of nonce, ciphertext and tag}`; tenant and app id are associated
//! data, so that a value is of no use in another app's row. Anything else is a secret that is not encrypted yet.

use crate::shared::hex::hex;
use crate::shared::ids::TenantId;
use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit, Nonce};
use base64ct::{Base64UrlUnpadded, Encoding};
use sha2::{Digest, Sha256};

const PREFIX: &str = "sealed.1.";
const KEY_ID_LABEL: &[u8] = b"campana:secrets-key-id:1";
/// Bytes of a key id, which is twice as many hexadecimal digits.
const KEY_ID_BYTES: usize = 8;
/// Bytes of the random number that an encryption needs.
pub const NONCE_BYTES: usize = 12;
/// Largest number of keys.
const MAX_KEYS: usize = 8;

/// Keys that decrypt app secrets. The first one encrypts new secrets; the others are for those that are not encrypted
/// again yet.
#[derive(Clone, Default)]
pub struct SecretsKeys(Vec<(String, Aes256Gcm)>);

/// Why a secret cannot be decrypted. Names no secret and no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Locked {
    /// None of the keys has the id that the value names.
    #[error("an app secret is encrypted with a key that is not configured")]
    UnknownKey,
    /// The value was changed, is of another app, or is incomplete.
    #[error("an app secret is encrypted but cannot be decrypted")]
    Damaged,
}

impl SecretsKeys {
    /// Parses keys of 32 bytes in base64url, separated by commas. Fails for a text without a key.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let keys: Vec<_> = parts.map(read_key).collect::<Option<_>>().ok_or("a key is not 32 bytes in base64url")?;
        match keys.len() {
            0 => Err("there is no key"),
            1..=MAX_KEYS => Ok(Self(keys)),
            _ => Err("there are too many keys"),
        }
    }

    /// The secret behind a stored value of this app.
    pub fn open(&self, stored: String, tenant: &TenantId, app_id: &str) -> Result<String, Locked> {
        let Some(sealed) = stored.strip_prefix(PREFIX) else { return Ok(stored) };
        let (key_id, text) = sealed.split_once('.').ok_or(Locked::Damaged)?;
        let (_, key) = self.0.iter().find(|(id, _)| id == key_id).ok_or(Locked::UnknownKey)?;
        let bytes = Base64UrlUnpadded::decode_vec(text).map_err(|_| Locked::Damaged)?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_BYTES>().ok_or(Locked::Damaged)?;
        let aad = associated(tenant, app_id);
        let payload = Payload { msg: sealed, aad: aad.as_bytes() };
        let secret = key.decrypt(&Nonce::from(*nonce), payload).map_err(|_| Locked::Damaged)?;
        String::from_utf8(secret).map_err(|_| Locked::Damaged)
    }

    /// The value to store for a secret of this app, encrypted with the first key. `nonce` must be random. Without keys,
    /// which only a development machine lacks, the secret as it is.
    pub fn seal(
        &self,
        secret: &str,
        tenant: &TenantId,
        app_id: &str,
        nonce: [u8; NONCE_BYTES],
    ) -> Result<String, Locked> {
        let Some((id, key)) = self.0.first() else { return Ok(secret.to_owned()) };
        let aad = associated(tenant, app_id);
        let payload = Payload { msg: secret.as_bytes(), aad: aad.as_bytes() };
        let sealed = key.encrypt(&Nonce::from(nonce), payload).map_err(|_| Locked::Damaged)?;
        let bytes = [nonce.as_slice(), &sealed].concat();
        Ok(format!("{PREFIX}{id}.{}", Base64UrlUnpadded::encode_string(&bytes)))
    }
}

/// Data that an encrypted secret is bound to.
fn associated(tenant: &TenantId, app_id: &str) -> String {
    format!("campana:app-secret:1/{tenant}/{app_id}")
}

/// Does not print the keys.
impl std::fmt::Debug for SecretsKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SecretsKeys").finish_non_exhaustive()
    }
}

fn read_key(text: &str) -> Option<(String, Aes256Gcm)> {
    let bytes = Base64UrlUnpadded::decode_vec(text).ok()?;
    let id = Sha256::new().chain_update(KEY_ID_LABEL).chain_update(&bytes).finalize();
    Some((hex(id.get(..KEY_ID_BYTES)?), Aes256Gcm::new_from_slice(&bytes).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    /// A secret that `scripts/app` has encrypted, with its keys.
    fn example() -> Value {
        let text = include_str!("../../../tests/fixtures/sealed-secret.json");
        serde_json::from_str(text).expect("the fixture is JSON")
    }

    fn text(name: &str) -> String {
        example()[name].as_str().expect("a text").to_owned()
    }

    fn open(keys: &str, stored: &str, tenant: &str, app_id: &str) -> Result<String, Locked> {
        let keys = SecretsKeys::parse(keys).expect("the keys are valid");
        keys.open(stored.to_owned(), &TenantId::trusted(tenant), app_id)
    }

    #[test]
    fn a_secret_that_the_command_encrypted_is_decrypted_with_any_of_the_keys() {
        let (key, other, stored) = (text("key"), text("other_key"), text("stored"));
        for keys in [key.clone(), format!("{other}, {key}"), format!("{key},{other}")] {
            assert_eq!(open(&keys, &stored, "acme", "7"), Ok(text("secret")));
        }
        assert_eq!(open(&other, &stored, "acme", "7"), Err(Locked::UnknownKey));
    }

    #[test]
    fn a_sealed_secret_is_opened_for_its_app_only() {
        let (tenant, keys) = (TenantId::trusted("acme"), SecretsKeys::parse(&text("key")).expect("the key is valid"));
        let stored = keys.seal("new secret", &tenant, "7", [1; NONCE_BYTES]).expect("it is sealed");
        assert!(stored.starts_with(PREFIX) && !stored.contains("new secret"), "{stored}");
        assert_eq!(keys.open(stored.clone(), &tenant, "7"), Ok("new secret".to_owned()));
        assert_eq!(keys.open(stored, &tenant, "8"), Err(Locked::Damaged));
        assert_eq!(SecretsKeys::default().seal("plain", &tenant, "7", [1; NONCE_BYTES]), Ok("plain".to_owned()));
    }

    #[test]
    fn a_value_is_of_no_use_in_another_row() {
        let (key, stored) = (text("key"), text("stored"));
        for (tenant, app_id) in [("acme", "8"), ("other", "7"), ("", "7")] {
            assert_eq!(open(&key, &stored, tenant, app_id), Err(Locked::Damaged));
        }
    }

    #[test]
    fn a_changed_or_incomplete_value_is_refused() {
        let (key, stored) = (text("key"), text("stored"));
        let (head, sealed) = stored.rsplit_once('.').expect("parts");
        let bytes = Base64UrlUnpadded::decode_vec(sealed).expect("base64url");
        let value = |bytes: &[u8]| format!("{head}.{}", Base64UrlUnpadded::encode_string(bytes));
        for place in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[place] ^= 1;
            assert_eq!(open(&key, &value(&changed), "acme", "7"), Err(Locked::Damaged), "{place}");
            assert_eq!(open(&key, &value(&bytes[..place]), "acme", "7"), Err(Locked::Damaged), "{place}");
        }
        assert_eq!(open(&key, "sealed.1.", "acme", "7"), Err(Locked::Damaged));
        assert_eq!(open(&key, &format!("{head}.!"), "acme", "7"), Err(Locked::Damaged));
    }

    #[test]
    fn a_secret_that_is_not_encrypted_is_used_as_it_is() {
        for plain in ["", "demo-secret", "sealed", "sealed.2.x.y"] {
            assert_eq!(
                SecretsKeys::default().open(plain.to_owned(), &TenantId::trusted("t"), "1"),
                Ok(plain.to_owned())
            );
        }
    }

    #[test]
    fn keys_have_32_bytes() {
        let key = text("key");
        for bad in ["", " , ", "x", &key[1..], &format!("{key}AAAA"), &format!("{key},x"), &[key.as_str(); 9].join(",")]
        {
            assert!(SecretsKeys::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(format!("{:?}", SecretsKeys::parse(&key)), "Ok(SecretsKeys { .. })");
    }
}
