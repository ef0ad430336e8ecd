//! Tests of the choice of keys.

use super::me;
use crate::identity::signature::sign_hs256;
use crate::testing::tokens::{es256, p256_jwk, rs256, rsa_jwk};
use crate::testing::{DEMO_SECRET, Token, World};
use base64ct::{Base64UrlUnpadded, Encoding};
use campana_core::accounts::auth::secret_key_id;
use futures_util::future::join;
use hmac::{Hmac, Mac};
use pollster::block_on;
use rsa::pkcs8::EncodePublicKey;
use serde_json::json;
use sha2::Sha256;

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
    world.clock.pass(30_000);
    me(&world, &es256_token(&world, "a", 1)).status(200);
    world.keys.publish(None);
    world.clock.pass(600_000);
    me(&world, &es256_token(&world, "a", 1)).status(200);
}

#[test]
fn a_url_that_fails_is_fetched_once_in_thirty_seconds() {
    for broken in [None, Some(json!([])), Some(json!({"keys": "none"}))] {
        let world = World::new();
        world.set_app("demo", SET_JWKS_URL, "https://app.example/keys");
        world.keys.publish(broken);
        for attempts in 1..=3 {
            for kid in ["a", "b", "a"] {
                me(&world, &es256_token(&world, kid, 1)).refused(503, "unavailable");
            }
            assert_eq!(world.keys.fetched(), attempts);
            world.clock.pass(30_000);
        }
    }
}

#[test]
fn a_failed_refresh_is_repeated_after_thirty_seconds_and_old_keys_end_after_a_day() {
    let world = World::new();
    world.set_app("demo", SET_JWKS_URL, "https://app.example/keys");
    world.keys.publish(Some(json!({"keys": [p256_jwk("a", 1)]})));
    me(&world, &es256_token(&world, "a", 1)).status(200);
    world.keys.publish(None);
    world.clock.pass(600_000);
    for _ in 0..3 {
        me(&world, &es256_token(&world, "a", 1)).status(200);
    }
    assert_eq!(world.keys.fetched(), 2);
    world.clock.pass(30_000);
    me(&world, &es256_token(&world, "a", 1)).status(200);
    assert_eq!(world.keys.fetched(), 3);
    world.clock.pass(24 * 3_600_000);
    me(&world, &es256_token(&world, "a", 1)).refused(503, "unavailable");
}

#[test]
fn requests_that_need_the_same_document_cause_one_fetch() {
    let world = World::new();
    world.set_app("demo", SET_JWKS_URL, "https://app.example/keys");
    world.keys.publish(Some(json!({"keys": [p256_jwk("a", 1)]})));
    world.keys.answer_late();
    world.clock.yield_in_sleep();
    let call = || me(&world, &es256_token(&world, "a", 1)).reply();
    let (first, second) = block_on(join(call(), call()));
    assert_eq!((first.status.as_u16(), second.status.as_u16(), world.keys.fetched()), (200, 200, 1));
}

/// The tokens of `kid` are verified only with the secret that it names.
#[test]
fn the_key_id_of_an_hs256_token_names_one_of_the_two_secrets() {
    const ROTATE: &str = "UPDATE apps SET previous_secret = secret, secret = ?2, \
                          previous_secret_until = 4000000000000 WHERE tenant_id = ?1";
    let world = World::new();
    world.set_app("demo", ROTATE, "fresh");
    let token = |kid: Option<&str>, secret: &str| {
        let header = kid.map_or_else(|| json!({"alg": "HS256"}), |kid| json!({"alg": "HS256", "kid": kid}));
        Token::of("7").sign_as(world.clock.millis(), &header, |signed| hs256(secret, signed))
    };
    let [old, new] = [DEMO_SECRET, "fresh"].map(|secret| secret_key_id(secret).expect("the secret is not empty"));
    for (kid, secret) in [(None, DEMO_SECRET), (None, "fresh"), (Some(&old), DEMO_SECRET), (Some(&new), "fresh")] {
        me(&world, &token(kid.map(String::as_str), secret)).status(200);
    }
    for (kid, secret) in [(&*old, "fresh"), (&*new, DEMO_SECRET), ("other", "fresh"), ("", "fresh")] {
        me(&world, &token(Some(kid), secret)).refused(401, "unauthenticated");
    }
    let guess = secret_key_id("guess").expect("the secret is not empty");
    me(&world, &token(Some(&guess), "guess")).refused(401, "unauthenticated");
    world.set_app("demo", "UPDATE apps SET previous_secret_until = ?2 WHERE tenant_id = ?1", 1_i64);
    me(&world, &token(Some(&old), DEMO_SECRET)).refused(401, "unauthenticated");
    me(&world, &token(Some(&new), "fresh")).status(200);
}

/// A key id selects among the keys of the token's algorithm and never chooses the algorithm.
#[test]
fn a_key_id_of_another_algorithm_is_refused() {
    let world = World::new();
    let secret_id = secret_key_id(DEMO_SECRET).expect("the secret is not empty");
    // A JWKS may use the key id of the secret, and have a symmetric key, which is ignored.
    let symmetric = json!({"kty": "oct", "kid": "o", "alg": "HS256", "k": Base64UrlUnpadded::encode_string(b"known")});
    world.set_app("demo", SET_JWKS, json!({"keys": [rsa_jwk("r"), rsa_jwk(&secret_id), symmetric]}).to_string());
    let sign = |alg: &str, kid: &str, sign: &dyn Fn(&[u8]) -> Vec<u8>| {
        Token::of("7").sign_as(world.clock.millis(), &json!({"alg": alg, "kid": kid}), sign)
    };
    let by_secret = |signed: &[u8]| hs256(DEMO_SECRET, signed);
    me(&world, &sign("HS256", &secret_id, &by_secret)).status(200);
    me(&world, &sign("RS256", &secret_id, &rs256)).status(200);
    for (alg, kid, signature) in [
        ("HS256", "r", &by_secret as &dyn Fn(&[u8]) -> Vec<u8>),
        ("HS256", &secret_id, &rs256),
        ("RS256", &secret_id, &by_secret),
        ("ES256", &secret_id, &rs256),
        ("HS256", "o", &|signed: &[u8]| hs256("known", signed)),
        ("HS256", &secret_id, &|signed: &[u8]| hs256(&rsa_jwk("r")["n"].to_string(), signed)),
    ] {
        me(&world, &sign(alg, kid, signature)).refused(401, "unauthenticated");
    }
}

fn hs256(secret: &str, signed: &[u8]) -> Vec<u8> {
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length is a key");
    mac.chain_update(signed).finalize().into_bytes().to_vec()
}
