//! Signature algorithms of tokens. The key determines the algorithm: a public key is never used as an HMAC secret,
//! whatever the token's header claims.

use base64ct::{Base64UrlUnpadded, Encoding};
use campana_core::accounts::revocation::SigningKey;
use hmac::{Hmac, Mac};
use p256::ecdsa;
use rsa::signature::Verifier;
use rsa::{BigUint, RsaPublicKey, pkcs1v15, traits::PublicKeyParts};
use serde::Deserialize;
use serde_json::Value;
use sha2::Sha256;

/// Smallest RSA modulus, bytes (2,048 bits). The largest is 4,096 bits.
const MIN_RSA_BYTES: usize = 256;

/// Signature algorithm of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Algorithm {
    /// HMAC with SHA-256, using the app's secret.
    Hs256,
    /// RSA PKCS#1 v1.5 with SHA-256.
    Rs256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
}

impl Algorithm {
    /// Parses the header's `alg`. `none` is not accepted.
    pub(crate) fn parse(alg: &str) -> Option<Self> {
        match alg {
            "HS256" => Some(Self::Hs256),
            "RS256" => Some(Self::Rs256),
            "ES256" => Some(Self::Es256),
            _ => None,
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
        }
    }
}

/// A verification key, bound to one algorithm.
pub(crate) enum Key {
    /// HS256 secrets with their generations: one, or two during a rotation.
    Secrets(Vec<(u32, Vec<u8>)>),
    /// RS256 public key.
    Rsa(Box<RsaPublicKey>),
    /// ES256 public key.
    P256(Box<ecdsa::VerifyingKey>),
}

/// The members of a JSON Web Key (RFC 7517) that are read.
#[derive(Deserialize)]
struct Jwk {
    kty: String,
    #[serde(default)]
    kid: Option<String>,
    #[serde(default)]
    alg: Option<String>,
    #[serde(default, rename = "use")]
    usage: Option<String>,
    #[serde(default)]
    crv: Option<String>,
    #[serde(default)]
    n: String,
    #[serde(default)]
    e: String,
    #[serde(default)]
    x: String,
    #[serde(default)]
    y: String,
}

impl Key {
    /// What made the signature, if this key and algorithm verify it.
    pub(crate) fn verifies(&self, algorithm: Algorithm, signed: &[u8], signature: &[u8]) -> Option<SigningKey> {
        let is_good = match (self, algorithm) {
            (Self::Secrets(secrets), Algorithm::Hs256) => {
                let made_by = |mac: Hmac<Sha256>| mac.chain_update(signed).verify_slice(signature).is_ok();
                let mut made = secrets.iter().filter(|(_, secret)| mac(secret).is_some_and(made_by));
                return made.next().map(|(generation, _)| SigningKey::Secret(*generation));
            }
            (Self::Rsa(key), Algorithm::Rs256) => {
                let key = pkcs1v15::VerifyingKey::<Sha256>::new(RsaPublicKey::clone(key));
                pkcs1v15::Signature::try_from(signature).is_ok_and(|signature| key.verify(signed, &signature).is_ok())
            }
            (Self::P256(key), Algorithm::Es256) => {
                ecdsa::Signature::from_slice(signature).is_ok_and(|signature| key.verify(signed, &signature).is_ok())
            }
            _ => false,
        };
        is_good.then_some(SigningKey::KeySet)
    }

    /// The key in a JWKS that fits the algorithm and, if the token names one, the key id. Without a key id, exactly one
    /// key must fit. Other keys are ignored.
    pub(crate) fn in_set(set: &Value, algorithm: Algorithm, key_id: Option<&str>) -> Option<Self> {
        let keys = set.get("keys")?.as_array()?;
        let mut fitting = keys
            .iter()
            .filter_map(|key| Jwk::deserialize(key).ok())
            .filter(|key| key.fits(algorithm) && key_id.is_none_or(|id| key.kid.as_deref() == Some(id)));
        let key = fitting.next()?;
        if key_id.is_none() && fitting.next().is_some() {
            return None;
        }
        key.read()
    }
}

impl Jwk {
    fn fits(&self, algorithm: Algorithm) -> bool {
        let kind = match algorithm {
            Algorithm::Hs256 => false,
            Algorithm::Rs256 => self.kty == "RSA",
            Algorithm::Es256 => self.kty == "EC" && self.crv.as_deref() == Some("P-256"),
        };
        kind && self.usage.as_deref().is_none_or(|usage| usage == "sig")
            && self.alg.as_deref().is_none_or(|alg| alg == algorithm.as_str())
    }

    fn read(&self) -> Option<Key> {
        if self.kty == "RSA" {
            let [modulus, exponent] = [&self.n, &self.e].map(|part| Base64UrlUnpadded::decode_vec(part).ok());
            let key = RsaPublicKey::new(BigUint::from_bytes_be(&modulus?), BigUint::from_bytes_be(&exponent?)).ok()?;
            return (key.size() >= MIN_RSA_BYTES).then(|| Key::Rsa(Box::new(key)));
        }
        let mut point = vec![4];
        for coordinate in [&self.x, &self.y] {
            let bytes = Base64UrlUnpadded::decode_vec(coordinate).ok().filter(|bytes| bytes.len() == 32)?;
            point.extend(bytes);
        }
        ecdsa::VerifyingKey::from_sec1_bytes(&point).ok().map(|key| Key::P256(Box::new(key)))
    }
}

fn mac(secret: &[u8]) -> Option<Hmac<Sha256>> {
    if secret.is_empty() { None } else { Hmac::new_from_slice(secret).ok() }
}

/// Signs an HS256 token with these claims (JSON), for demo users of the local environment.
pub(crate) fn sign_hs256(secret: &[u8], claims: &str) -> Option<String> {
    let header = Base64UrlUnpadded::encode_string(br#"{"alg":"HS256","typ":"JWT"}"#);
    let signed = format!("{header}.{}", Base64UrlUnpadded::encode_string(claims.as_bytes()));
    let signature = mac(secret)?.chain_update(signed.as_bytes()).finalize().into_bytes();
    Some(format!("{signed}.{}", Base64UrlUnpadded::encode_string(&signature)))
}
