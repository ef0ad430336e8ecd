//! Tokens, valid and invalid.

use crate::identity::signature::sign_hs256;
use base64ct::{Base64UrlUnpadded, Encoding};
use p256::ecdsa::{self, signature::Signer};
use rsa::pkcs1v15;
use rsa::pkcs8::DecodePrivateKey;
use rsa::signature::SignatureEncoding;
use rsa::traits::PublicKeyParts;
use rsa::{RsaPrivateKey, RsaPublicKey};
use serde_json::{Value, json};
use sha2::Sha256;
use std::sync::LazyLock;

pub(crate) const DEMO_SECRET: &str = "demo-secret";
pub(crate) const OTHER_SECRET: &str = "the other app's own secret";

/// A token under construction; valid by default.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    claims: Value,
    secret: String,
    expires_in: f64,
}

impl Token {
    /// A token of a user of the demo tenant.
    pub(crate) fn of(user: &str) -> Self {
        let claims = json!({"sub": user, "tenant": "demo", "name": format!("Person {user}")});
        Self { claims, secret: DEMO_SECRET.to_owned(), expires_in: 3_600.0 }
    }

    /// A token of the demo tenant's administrator.
    pub(crate) fn admin() -> Self {
        Self::of("1").claim("roles", json!(["admin"]))
    }

    /// A token of an administrator of the other tenant.
    pub(crate) fn other_admin() -> Self {
        Self::of("1").claim("roles", json!(["admin"])).claim("tenant", json!("other")).secret(OTHER_SECRET)
    }

    pub(crate) fn claim(mut self, name: &str, value: Value) -> Self {
        self.claims[name] = value;
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        if let Some(claims) = self.claims.as_object_mut() {
            claims.remove(name);
        }
        self
    }

    pub(crate) fn secret(mut self, secret: &str) -> Self {
        secret.clone_into(&mut self.secret);
        self
    }

    pub(crate) fn expires_in(mut self, seconds: f64) -> Self {
        self.expires_in = seconds;
        self
    }

    /// The claims as JSON text; `exp` is added unless it is set.
    #[expect(clippy::cast_precision_loss, reason = "a time in milliseconds is below 2^53")]
    pub(crate) fn claims(&self, now_ms: i64) -> String {
        let mut claims = self.claims.clone();
        if claims.get("exp").is_none() {
            claims["exp"] = json!(now_ms as f64 / 1_000.0 + self.expires_in);
        }
        claims.to_string()
    }

    /// Signs with the secret.
    pub(crate) fn sign(&self, now_ms: i64) -> String {
        sign_hs256(self.secret.as_bytes(), &self.claims(now_ms)).expect("a secret")
    }

    /// Signs with this header and signing function.
    pub(crate) fn sign_as(&self, now_ms: i64, header: &Value, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
        let part = |text: String| Base64UrlUnpadded::encode_string(text.as_bytes());
        let signed = format!("{}.{}", part(header.to_string()), part(self.claims(now_ms)));
        let signature = sign(signed.as_bytes());
        format!("{signed}.{}", Base64UrlUnpadded::encode_string(&signature))
    }
}

/// A key generated for these tests and used nowhere else.
static RSA: LazyLock<RsaPrivateKey> =
    LazyLock::new(|| RsaPrivateKey::from_pkcs8_der(include_bytes!("rsa-2048-for-tests.der")).expect("a key"));

fn p256_key(seed: u8) -> ecdsa::SigningKey {
    ecdsa::SigningKey::from_slice(&[seed; 32]).expect("a key")
}

pub(crate) fn rs256(signed: &[u8]) -> Vec<u8> {
    pkcs1v15::SigningKey::<Sha256>::new(RSA.clone()).sign(signed).to_vec()
}

pub(crate) fn es256(seed: u8) -> impl Fn(&[u8]) -> Vec<u8> {
    move |signed| {
        let signature: ecdsa::Signature = p256_key(seed).sign(signed);
        signature.to_bytes().to_vec()
    }
}

pub(crate) fn rsa_jwk(kid: &str) -> Value {
    let key = RsaPublicKey::from(&*RSA);
    let [n, e] = [key.n(), key.e()].map(|number| Base64UrlUnpadded::encode_string(&number.to_bytes_be()));
    json!({"kty": "RSA", "kid": kid, "use": "sig", "alg": "RS256", "n": n, "e": e})
}

pub(crate) fn p256_jwk(kid: &str, seed: u8) -> Value {
    let point = p256_key(seed).verifying_key().to_encoded_point(false);
    let [x, y] =
        [point.x(), point.y()].map(|c| Base64UrlUnpadded::encode_string(c.expect("not the point at infinity")));
    json!({"kty": "EC", "kid": kid, "crv": "P-256", "x": x, "y": y})
}
