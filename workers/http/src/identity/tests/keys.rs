//! Tests of the choice of keys.

use super::me;
use crate::identity::signature::sign_hs256;
use crate::testing::tokens::{es256, p256_jwk, rs256, rsa_jwk};
use crate::testing::{DEMO_SECRET, Token, World};
use base64ct::{Base64UrlUnpadded, Encoding};
use rsa::pkcs8::EncodePublicKey;
use serde_json::json;

const SET_JWKS: &str = "UPDATE apps SET jwks = ?2 WHERE tenant_id = ?1";
const SET_JWKS_URL: &str = "UPDATE apps SET jwks_url = ?2 WHERE tenant_id = ?1";

fn rs256_token(world: &World, kid: Option<&str>) -> String {
    let header = kid.map_or_else(|| json!({"alg": "RS256"}), |kid| json!({"alg": "RS256", "kid": kid}));
    Token::of("7").sign_as(world.clock.millis(), &header, rs256)
}

fn es256_token(world: &World, kid: &str, seed: u8) -> String {
    Token::of("7").sign_as(world.clock.millis(), &json!({"alg": "ES256", "kid": kid}), es256(seed))
}

#[test]
fn keys_of_the_apps_jwks_verify_only_their_own_algorithm() {
    let world = World::new();
    world.set_app("demo", SET_JWKS, json!({"keys": [rsa_jwk("r"), p256_jwk("e", 1)]}).to_string());
    me(&world, &rs256_token(&world, Some("r"))).status(200);
    me(&world, &rs256_token(&world, None)).status(200);
    me(&world, &es256_token(&world, "e", 1)).status(200);
    me(&world, &es256_token(&world, "e", 2)).refused(401, "unauthenticated");
    me(&world, &es256_token(&world, "x", 1)).refused(401, "unauthenticated");
    me(&world, &es256_token(&world, "r", 1)).refused(401, "unauthenticated");
    me(&world, &rs256_token(&world, Some("e"))).refused(401, "unauthenticated");
    let other = Token::of("7").claim("tenant", json!("other"));
    let other = other.sign_as(world.clock.millis(), &json!({"alg": "RS256", "kid": "r"}), rs256);
    me(&world, &other).refused(401, "unauthenticated");
}

#[test]
fn a_public_key_is_never_used_as_an_hmac_secret() {
    let world = World::new();
    world.set_app("demo", SET_JWKS, json!({"keys": [rsa_jwk("r"), p256_jwk("e", 1)]}).to_string());
    let key = rsa_public_key();
    for secret in [
        &key,
        &rsa_jwk("r").to_string().into_bytes(),
        rsa_jwk("r")["n"].as_str().expect("the modulus is present").as_bytes(),
    ] {
        let token = sign_hs256(secret, &Token::of("7").claims(world.clock.millis()));
        me(&world, &token.expect("the token is signed")).refused(401, "unauthenticated");
    }
    let confused = Token::of("7").sign_as(world.clock.millis(), &json!({"alg": "RS256", "kid": "r"}), |signed| {
        let token = sign_hs256(DEMO_SECRET.as_bytes(), &String::from_utf8_lossy(signed));
        Base64UrlUnpadded::decode_vec(token.expect("the token is signed").rsplit('.').next().expect("the last part"))
            .expect("base64")
    });
    me(&world, &confused).refused(401, "unauthenticated");
}

fn rsa_public_key() -> Vec<u8> {
    let jwk = rsa_jwk("r");
    let number = |name: &str| {
        let bytes = Base64UrlUnpadded::decode_vec(jwk[name].as_str().expect("a number")).expect("base64");
        rsa::BigUint::from_bytes_be(&bytes)
    };
    let key = rsa::RsaPublicKey::new(number("n"), number("e")).expect("a key");
    key.to_public_key_der().expect("DER encoding succeeds").as_bytes().to_vec()
}

#[test]
fn unsuitable_and_weak_keys_are_ignored() {
    let mut wrong_use = rsa_jwk("r");
    wrong_use["use"] = json!("enc");
    let mut wrong_alg = rsa_jwk("r");
    wrong_alg["alg"] = json!("RS512");
    let mut weak = rsa_jwk("r");
    weak["n"] = json!(Base64UrlUnpadded::encode_string(&[0xff; 128]));
    for key in [wrong_use, wrong_alg, weak, json!({"kty": "RSA", "kid": "r"}), json!(7)] {
        let world = World::new();
        world.set_app("demo", SET_JWKS, json!({"keys": [key]}).to_string());
        me(&world, &rs256_token(&world, Some("r"))).refused(401, "unauthenticated");
    }
}

#[test]
fn published_keys_are_fetched_once_in_ten_minutes() {
    let world = World::new();
    world.set_app("demo", SET_JWKS_URL, "https://app.example/keys");
    world.keys.publish(Some(json!({"keys": [p256_jwk("a", 1)]})));
    for _ in 0..3 {
        me(&world, &es256_token(&world, "a", 1)).status(200);
    }
    assert_eq!(world.keys.fetched(), 1);
    world.clock.pass(600_000);
    me(&world, &es256_token(&world, "a", 1)).status(200);
    assert_eq!(world.keys.fetched(), 2);
}

#[test]
fn a_rotated_key_is_fetched_but_unknown_key_ids_are_throttled() {
    let world = World::new();
    world.set_app("demo", SET_JWKS_URL, "https://app.example/keys");
    world.keys.publish(Some(json!({"keys": [p256_jwk("a", 1)]})));
    me(&world, &es256_token(&world, "a", 1)).status(200);
    world.keys.publish(Some(json!({"keys": [p256_jwk("b", 2)]})));
    for _ in 0..3 {
        me(&world, &es256_token(&world, "b", 2)).refused(401, "unauthenticated");
    }
    assert_eq!(world.keys.fetched(), 1);
    world.clock.pass(30_000);
    me(&world, &es256_token(&world, "b", 2)).status(200);
    assert_eq!(world.keys.fetched(), 2);
}

#[test]
fn a_failed_fetch_is_a_503_unless_keys_are_cached() {
    let world = World::new();
    world.set_app("demo", SET_JWKS_URL, "https://app.example/keys");
    me(&world, &es256_token(&world, "a", 1)).refused(503, "unavailable");
    world.keys.publish(Some(json!({"keys": [p256_jwk("a", 1)]})));
    me(&world, &es256_token(&world, "a", 1)).status(200);
    world.keys.publish(None);
    world.clock.pass(600_000);
    me(&world, &es256_token(&world, "a", 1)).status(200);
}
