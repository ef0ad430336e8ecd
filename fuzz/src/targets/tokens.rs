//! JSON Web Tokens and sets of keys.

use super::{parts, text};
use base64ct::{Base64UrlUnpadded, Encoding};
use campana_core::accounts::principal::Principal;
use campana_core::pusher::signature::sign;
use campana_core::shared::ids::{TenantId, UserId};
use campana_core::shared::timestamp::Timestamp;
use campana_http::fuzzing::{has_key, verify_token};

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);
/// End of the year 9999, milliseconds.
const LATEST_MS: i64 = 253_402_300_799_999;
const SECRET: &str = "a secret";
/// Characters of Base64url and of the form of a token.
const CHARACTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=";

/// The input is a token; and a header and claims, which are signed.
pub(crate) fn tokens(data: &[u8]) {
    if let Some(text) = text(data) {
        assert_eq!(verify_token(text, SECRET, NOW), None, "nobody has signed {text}");
    }
    let Some([header, claims, change]) = parts(data) else { return };
    let header = if header.is_empty() { r#"{"alg":"HS256"}"# } else { header };
    let token = signed(header, claims);
    assert_eq!(verify_token(&token, "another secret", NOW), None, "signed with another secret");
    assert_eq!(verify_token(&token, "", NOW), None, "without a secret, nothing is signed");
    let Some(person) = verify_token(&token, SECRET, NOW) else { return };
    is_bounded(&person);
    let tampered = tampered(&token, change.as_bytes());
    assert!(tampered == token || verify_token(&tampered, SECRET, NOW).is_none(), "{tampered} for {token}");
    let at_the_end = Timestamp::from_millis(person.expires_at_ms);
    assert_eq!(verify_token(&token, SECRET, at_the_end), None, "expired");
}

fn is_bounded(person: &Principal) {
    assert_eq!(UserId::parse(person.user_id.as_str()).as_ref(), Some(&person.user_id));
    assert_eq!(TenantId::parse(person.tenant.as_str()).as_ref(), Some(&person.tenant));
    assert!((NOW.millis() + 1..=LATEST_MS).contains(&person.expires_at_ms));
    assert!(person.issued_at_ms.is_none_or(|at| at <= NOW.millis()));
    assert!(!person.name.is_empty() && person.name.chars().count() <= 128);
    assert!(person.avatar.as_ref().is_none_or(|url| url.len() <= 2_048 && !url.chars().any(char::is_control)));
    assert!(person.permissions.len() <= 64);
}

fn signed(header: &str, claims: &str) -> String {
    let part = |text: &str| Base64UrlUnpadded::encode_string(text.as_bytes());
    let signed = format!("{}.{}", part(header), part(claims));
    let digits = sign(SECRET, &signed);
    let byte = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).expect("hexadecimal");
    let signature: Vec<u8> = (0..digits.len()).step_by(2).map(byte).collect();
    format!("{signed}.{}", Base64UrlUnpadded::encode_string(&signature))
}

/// The token with a character replaced, inserted or removed.
fn tampered(token: &str, change: &[u8]) -> String {
    let number = |at: usize| usize::from(change.get(at).copied().unwrap_or_default());
    let at = (number(0) * 256 + number(1)) % token.len();
    let character = CHARACTERS[number(2) % CHARACTERS.len()];
    let mut bytes = token.as_bytes().to_vec();
    match number(3) % 3 {
        0 => bytes[at] = character,
        1 => bytes.insert(at, character),
        _ => drop(bytes.remove(at)),
    }
    String::from_utf8(bytes).expect("a token is ASCII")
}

/// The input is a set of keys and the id of one.
pub(crate) fn key_sets(data: &[u8]) {
    let Some([set, id]) = parts(data) else { return };
    let Ok(set) = serde_json::from_str(set) else { return };
    assert!(!has_key(&set, "HS256", None), "a published key is no secret");
    for algorithm in ["RS256", "ES256"] {
        let (with_id, without) = (has_key(&set, algorithm, Some(id)), has_key(&set, algorithm, None));
        let count = set["keys"].as_array().map_or(0, Vec::len);
        assert!(count > 0 || !(with_id || without));
    }
}
