//! Headers that an operator adds to an endpoint's requests. `scripts/lib/webhook-headers.mjs` has the same rules, with the
//! operator's error messages.

/// Headers of an endpoint at most.
pub(super) const MAX_HEADERS: usize = 10;
/// Longest name, and longest value, characters.
const MAX_NAME_CHARS: usize = 64;
const MAX_VALUE_CHARS: usize = 1_024;

/// Names that concern the connection or the message, which the sender sets.
const RESERVED: &[&str] = &[
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "expect",
    "host",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
];
/// Beginnings of names of this service, of its platform and of proxies.
const RESERVED_PREFIXES: &[&str] = &["x-pusher-", "x-campana-", "cf-", "proxy-", "sec-", "x-forwarded-"];

/// Whether a header may be added.
pub(super) fn may_add(name: &str, value: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    let is_name = (1..=MAX_NAME_CHARS).contains(&name.len()) && name.bytes().all(is_token);
    let is_value = value.len() <= MAX_VALUE_CHARS && value.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    let is_reserved =
        RESERVED.contains(&lower.as_str()) || RESERVED_PREFIXES.iter().any(|prefix| lower.starts_with(prefix));
    is_name && is_value && !is_reserved
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_headers_of_the_application_are_added() {
        for (name, value) in [("Authorization", "Bearer x"), ("X-Tenant", ""), ("x", "a b")] {
            assert!(may_add(name, value), "{name}");
        }
        let long = "x".repeat(MAX_VALUE_CHARS + 1);
        for (name, value) in [
            ("", "x"),
            ("a b", "x"),
            ("a:b", "x"),
            ("naïve", "x"),
            ("x-tenant", "a\r\nb: c"),
            ("x-tenant", "naïve"),
            ("x-tenant", &long),
            ("Host", "x"),
            ("CONTENT-LENGTH", "1"),
            ("transfer-encoding", "chunked"),
            ("Connection", "close"),
            ("X-Pusher-Key", "x"),
            ("x-campana-delivery", "x"),
            ("CF-Connecting-IP", "x"),
            ("X-Forwarded-For", "x"),
        ] {
            assert!(!may_add(name, value), "{name}: {value}");
        }
    }
}
