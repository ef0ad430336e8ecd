//! Signatures of the protocol: HMAC-SHA-256 in lower-case hexadecimal.
//!
//! The signed text of a subscription is `socket_id:channel` or `socket_id:channel:channel_data`; of a sign-in it is
//! `socket_id::user::user_data`; of an HTTP API request it is `METHOD\npath\nquery`.

use super::channel::ChannelName;
use super::frame::MAX_PERSON_BYTES;
use crate::shared::hex::hex;
use crate::shared::socket_id::SocketId;
use base64ct::{Base64UrlUnpadded, Encoding};
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// Signs a text. Returns an empty string if the secret is empty.
pub fn sign(secret: &str, text: &str) -> String {
    let Some(mac) = keyed(secret) else { return String::new() };
    hex(&mac.chain_update(text.as_bytes()).finalize().into_bytes())
}

/// Whether the signature was made with one of the secrets. Compares in constant time.
pub fn verifies<'a>(secrets: impl IntoIterator<Item = &'a str>, text: &str, signature: &str) -> bool {
    let Some(signature) = unhex(signature) else { return false };
    let made_by =
        |secret| keyed(secret).is_some_and(|mac| mac.chain_update(text.as_bytes()).verify_slice(&signature).is_ok());
    secrets.into_iter().any(made_by)
}

/// Signed text of a subscription.
pub fn subscription_text(socket: &SocketId, channel: &ChannelName, channel_data: Option<&str>) -> String {
    match channel_data {
        Some(data) => format!("{socket}:{channel}:{data}"),
        None => format!("{socket}:{channel}"),
    }
}

/// `auth` of a subscription: `key:signature` or `key:signature:channel_data`, the last in Base64url. Clients of private
/// channels may omit `channel_data`, because the protocol defines it only for presence channels. So Campana's signing
/// endpoint appends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Voucher<'a> {
    /// The app's key.
    pub key: &'a str,
    /// Signature, hexadecimal.
    pub signature: &'a str,
    /// Signed `channel_data`, if it is appended.
    pub channel_data: Option<String>,
}

impl<'a> Voucher<'a> {
    /// Parses a client's text. The signature covers the appended `channel_data`.
    pub fn parse(text: &'a str) -> Option<Self> {
        let (key, rest) = text.split_once(':')?;
        let Some((signature, appended)) = rest.split_once(':') else {
            return Some(Self { key, signature: rest, channel_data: None });
        };
        let data = Base64UrlUnpadded::decode_vec(appended).ok().filter(|data| data.len() <= MAX_PERSON_BYTES)?;
        Some(Self { key, signature, channel_data: Some(String::from_utf8(data).ok()?) })
    }

    /// Serializes the voucher for the client.
    pub fn to_text(&self) -> String {
        let Self { key, signature, channel_data } = self;
        match channel_data {
            Some(data) => format!("{key}:{signature}:{}", Base64UrlUnpadded::encode_string(data.as_bytes())),
            None => format!("{key}:{signature}"),
        }
    }
}

/// Signed text of a sign-in.
pub fn signin_text(socket: &SocketId, user_data: &str) -> String {
    format!("{socket}::user::{user_data}")
}

/// Signed text of an HTTP API request: query keys in lower case and sorted, values decoded, without `auth_signature`.
///
/// The protocol joins its parts without escaping them: a signature for the parameters `a=1&b=2` would also be one for a
/// single parameter `a` with the value `1&b=2`. `None` for a request whose text could be that of another one: a line
/// break in the path, `&` in a parameter, or `=` in its name.
pub fn request_text(method: &str, path: &str, query: &[(String, String)]) -> Option<String> {
    let mut pairs: Vec<(String, &str)> = query
        .iter()
        .map(|(key, value)| (key.to_ascii_lowercase(), value.as_str()))
        .filter(|(key, _)| key != "auth_signature")
        .collect();
    let is_ambiguous = |(key, value): &(String, &str)| key.contains(['&', '=']) || value.contains('&');
    if path.contains('\n') || pairs.iter().any(is_ambiguous) {
        return None;
    }
    pairs.sort();
    let query: Vec<String> = pairs.into_iter().map(|(key, value)| format!("{key}={value}")).collect();
    Some(format!("{method}\n{path}\n{}", query.join("&")))
}

/// `None` for an empty secret: an app without a secret accepts no signature.
fn keyed(secret: &str) -> Option<Hmac<Sha256>> {
    if secret.is_empty() { None } else { Hmac::new_from_slice(secret.as_bytes()).ok() }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    let is_even = digits.len().is_multiple_of(2) && digits.iter().all(u8::is_ascii_hexdigit);
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    if is_even { digits.chunks(2).map(byte).collect() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "7ad3773142a6692b25b8";

    fn socket() -> SocketId {
        SocketId::parse("1234.1234").expect("an id")
    }

    /// Examples from the protocol's documentation.
    #[test]
    fn the_published_examples_have_their_published_signatures() {
        let private = subscription_text(&socket(), &ChannelName::trusted("private-foobar"), None);
        assert_eq!(sign(SECRET, &private), "58df8b0c36d6982b82c3ecf6b4662e34fe8c25bba48f5369f135bf843651c3a4");
        let data = r#"{"user_id":10,"user_info":{"name":"Mr. Channels"}}"#;
        let presence = subscription_text(&socket(), &ChannelName::trusted("presence-foobar"), Some(data));
        assert_eq!(sign(SECRET, &presence), "31935e7d86dba64c2a90aed31fdc61869f9b22ba9d8863bba239c03ca481bc80");
    }

    #[test]
    fn a_signature_is_good_for_one_text_and_the_secrets_in_force() {
        let signature = sign("new", "text");
        assert!(verifies(["new", "old"], "text", &signature));
        assert!(verifies(["old"], "text", &sign("old", "text")));
        assert!(!verifies(["other"], "text", &signature));
        assert!(!verifies(["new"], "another", &signature));
        for forged in ["", "zz", "0", &signature[2..], &format!("{signature}00")] {
            assert!(!verifies(["new"], "text", forged), "{forged}");
        }
        assert!(!verifies([""], "text", &sign("", "text")), "an empty secret verifies nothing");
    }

    #[test]
    fn a_voucher_may_contain_the_signed_channel_data() {
        let plain = Voucher { key: "k", signature: "abc", channel_data: None };
        assert_eq!(plain.to_text(), "k:abc");
        assert_eq!(Voucher::parse("k:abc"), Some(plain.clone()));
        let with_data = Voucher { channel_data: Some(r#"{"user_id":"Ñandú"}"#.to_owned()), ..plain };
        assert_eq!(Voucher::parse(&with_data.to_text()), Some(with_data));
        let too_long = Voucher { key: "k", signature: "abc", channel_data: Some("x".repeat(MAX_PERSON_BYTES + 1)) };
        for bad in ["", "k", "k:abc:===", "k:abc:a:b", "k:abc:_w", &too_long.to_text()] {
            assert_eq!(Voucher::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_request_is_signed_with_its_query_in_order() {
        let query = [("auth_version", "1.0"), ("Auth_Key", "k"), ("auth_signature", "x"), ("a", "b c")];
        let query = query.map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!(
            request_text("GET", "/apps/1/channels", &query).as_deref(),
            Some("GET\n/apps/1/channels\na=b c&auth_key=k&auth_version=1.0")
        );
    }

    #[test]
    fn a_request_that_could_be_read_as_another_has_no_signature() {
        for (path, key, value) in [("/a", "a", "1&b=2"), ("/a", "a&b", "1"), ("/a", "a=b", "1"), ("/a\nb", "a", "1")] {
            assert_eq!(request_text("GET", path, &[(key.to_owned(), value.to_owned())]), None, "{path} {key} {value}");
        }
        assert!(request_text("GET", "/a", &[("a".to_owned(), "b=c\n".to_owned())]).is_some());
    }
}
