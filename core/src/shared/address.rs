//! Validation of webhook URLs: public internet hosts only, never the sender's own network.
//!
//! URLs are parsed by the same rules as in `fetch`, so that alternative spellings of an IP address (`127.1`,
//! `0x7f000001`, `017700000001`) mean the same in both. DNS names are resolved by the platform when it sends, and its
//! network cannot reach private addresses.

use crate::shared::problem::Problem;
use std::net::{Ipv4Addr, Ipv6Addr};
use url::{Host, Url};

/// Longest URL, characters.
pub const MAX_URL_CHARS: usize = 2_048;
/// Lowest port outside the range of well-known services.
const FIRST_OPEN_PORT: u16 = 1_024;
/// Domains that resolve only on private networks, including their subdomains.
const INNER_NAMES: [&str; 9] =
    ["localhost", "local", "localdomain", "internal", "intranet", "lan", "home", "corp", "home.arpa"];

/// Permitted destinations of webhooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Public internet hosts, by HTTPS.
    Internet,
    /// Any host, also by HTTP: for development.
    Anywhere,
}

/// Checks that webhooks may be sent to the URL. The 422 does not repeat the URL, which may hold secrets.
pub fn check_url(url: &str, reach: Reach) -> Result<(), Problem> {
    let refuse = |why: &str| Err(Problem::field("url", why));
    if url.chars().count() > MAX_URL_CHARS {
        return refuse("is too long");
    }
    let Ok(url) = Url::parse(url) else { return refuse("is not an address") };
    if !url.username().is_empty() || url.password().is_some() {
        return refuse("names a user or a password");
    }
    let Some(host) = url.host() else { return refuse("names no host") };
    if url.port() == Some(0) {
        return refuse("names a port that there is not");
    }
    match (reach, url.scheme()) {
        (Reach::Anywhere, "http" | "https") => return Ok(()),
        (Reach::Internet, "https") => {}
        _ => return refuse("does not begin with https://"),
    }
    if url.port().is_some_and(|port| port < FIRST_OPEN_PORT) {
        return refuse("names a port of another service");
    }
    let is_public = match host {
        Host::Domain(name) => is_public_name(name),
        Host::Ipv4(address) => is_public_v4(address),
        Host::Ipv6(address) => is_public_v6(address),
    };
    if is_public { Ok(()) } else { refuse("is not on the internet") }
}

/// Longest address of a page, bytes.
const MAX_PAGE_URL_BYTES: usize = 1_000;

/// The address of a page that may be read, in the form in which a browser shows it, without its fragment: public hosts by HTTP or HTTPS,
/// at the port of the scheme, without a user or a password. `None` for any other.
pub fn check_page_url(url: &str, reach: Reach) -> Option<String> {
    if url.len() > MAX_PAGE_URL_BYTES {
        return None;
    }
    page_url(Url::parse(url).ok()?, reach)
}

/// Where a page redirects to, by the rules of [`check_page_url`]. The location may be relative.
pub fn redirected(from: &str, location: &str, reach: Reach) -> Option<String> {
    if location.len() > MAX_PAGE_URL_BYTES {
        return None;
    }
    page_url(Url::parse(from).ok()?.join(location).ok()?, reach)
}

fn page_url(mut url: Url, reach: Reach) -> Option<String> {
    let has_credentials = !url.username().is_empty() || url.password().is_some();
    if !matches!(url.scheme(), "http" | "https") || has_credentials || url.port() == Some(0) {
        return None;
    }
    // The parser lets some other signs through, such as quotation marks.
    let is_plain = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
    let is_public = url.port().is_none()
        && match url.host()? {
            Host::Domain(name) => is_plain(name) && is_public_name(name),
            Host::Ipv4(address) => is_public_v4(address),
            Host::Ipv6(address) => is_public_v6(address),
        };
    url.set_fragment(None);
    let is_short = url.as_str().len() <= MAX_PAGE_URL_BYTES;
    (is_short && (is_public || reach == Reach::Anywhere)).then(|| url.into())
}

/// The URL's host, the only part that may be logged: the rest may hold secrets.
pub fn host_of(url: &str) -> Option<String> {
    Url::parse(url).ok()?.host_str().map(str::to_owned)
}

/// Expects a lower-case name, as the URL parser returns it.
fn is_public_name(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    let is_inner = |inner: &&str| name.strip_suffix(*inner).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    name.contains('.') && !INNER_NAMES.iter().any(is_inner)
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let octets = address.octets();
    // "This network", private, loopback, link-local (cloud metadata services), private; multicast and reserved.
    let is_inner = matches!(octets, [0 | 10 | 127, ..] | [169, 254, ..] | [172, 16..=31, ..] | [192, 168, ..]);
    let is_beyond = matches!(octets, [224..=255, ..]);
    // Carrier-grade NAT; protocol assignments, 6to4 relays, benchmarks; documentation.
    let is_special = matches!(octets, [100, 64..=127, ..] | [192, 0, 0, _] | [192, 88, 99, _] | [198, 18..=19, ..]);
    let is_example = matches!(octets, [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _]);
    !(is_inner || is_beyond || is_special || is_example)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    match address.segments() {
        // NAT64: public if the embedded IPv4 address is.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => is_public_v4(embedded(high, low)),
        // Protocol assignments (Teredo, ORCHID, ...), documentation, 6to4.
        [0x2001, 0..=0x1ff | 0xdb8, ..] | [0x2002, ..] | [0x3fff, 0..=0xfff, ..] => false,
        // Global unicast; mapped IPv4, loopback, unique local, link-local and multicast addresses are outside it.
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

fn embedded(high: u16, low: u16) -> Ipv4Addr {
    let [a, b] = high.to_be_bytes();
    let [c, d] = low.to_be_bytes();
    Ipv4Addr::new(a, b, c, d)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared::problem::Kind;

    #[track_caller]
    fn check(url: &str, reach: Reach, is_good: bool) {
        match check_url(url, reach) {
            Ok(()) => assert!(is_good, "{url} must be refused"),
            Err(problem) => {
                assert!(!is_good, "{url} must be accepted: {problem:?}");
                assert_eq!(problem.kind, Kind::Invalid);
                assert!(!format!("{problem:?}").contains("secret"), "the problem must not repeat the URL");
            }
        }
    }

    #[test]
    fn host_of_returns_only_the_host_of_a_url() {
        assert_eq!(host_of("https://user:secret@EXAMPLE.org:8443/secret?secret").as_deref(), Some("example.org"));
        assert_eq!(host_of("secret"), None);
    }

    #[test]
    fn pages_are_public_at_the_schemes_port_wherever_they_redirect_to() {
        let from = "https://example.org/a/b";
        for (location, expected) in [
            ("c", Some("https://example.org/a/c")),
            ("/c?d#e", Some("https://example.org/c?d")),
            ("http://other.example", Some("http://other.example/")),
            ("//8.8.8.8/", Some("https://8.8.8.8/")),
            ("http://127.0.0.1/", None),
            ("//127.1/", None),
            ("http://169.254.169.254/latest", None),
            ("http://[::1]/", None),
            ("http://2130706433/", None),
            ("http://0x7f.1/", None),
            ("http://localhost/", None),
            ("https://example.org:8443/", None),
            ("https://user@example.org/", None),
            ("ftp://example.org/", None),
            ("file:///etc/passwd", None),
            ("javascript:alert(1)", None),
            ("data:text/html,x", None),
        ] {
            assert_eq!(redirected(from, location, Reach::Internet).as_deref(), expected, "{location}");
        }
        let long = format!("https://example.org/{}", "x".repeat(MAX_PAGE_URL_BYTES));
        assert_eq!(check_page_url(&long, Reach::Anywhere), None);
        assert_eq!(redirected(from, &long, Reach::Anywhere), None);
        let local = "http://127.0.0.1:8080/a";
        assert_eq!(check_page_url(local, Reach::Anywhere).as_deref(), Some(local), "on a development machine");
        assert_eq!(check_page_url("http://ana@127.0.0.1/", Reach::Anywhere), None);
    }

    #[test]
    fn public_https_urls_are_accepted() {
        for good in [
            "https://example.org/hooks?key=1",
            "https://example.org:8443/",
            "https://EXAMPLE.org.",
            "https://8.8.8.8/",
            "https://[2606:4700::1111]/",
            "https://xn--mnchen-3ya.example/",
            "https://münchen.example/",
        ] {
            check(good, Reach::Internet, true);
            check(good, Reach::Anywhere, true);
        }
    }

    #[test]
    fn malformed_urls_other_schemes_and_credentials_are_refused() {
        let long = format!("https://example.org/{}", "x".repeat(MAX_URL_CHARS));
        for bad in [
            "",
            "secret",
            "/hooks",
            "//example.org",
            "ftp://example.org/secret",
            "javascript:secret",
            "file:///etc/secret",
            "https://",
            "https://user:secret@example.org/",
            "https://secret@example.org/",
            "https://example.org:0/",
            "https://example.org:99999/",
            &long,
        ] {
            check(bad, Reach::Internet, false);
            check(bad, Reach::Anywhere, false);
        }
        for unsafe_there in ["http://example.org/", "https://example.org:22/", "https://example.org:80/"] {
            check(unsafe_there, Reach::Internet, false);
            check(unsafe_there, Reach::Anywhere, true);
        }
    }

    #[test]
    fn names_of_private_networks_are_refused() {
        for name in [
            "localhost",
            "LOCALHOST.",
            "a.localhost",
            "printer.local",
            "metadata.google.internal",
            "db.internal.",
            "router.lan",
            "x.home.arpa",
            "intranet",
            "db",
            "ｌｏｃａｌｈｏｓｔ",
        ] {
            check(&format!("https://{name}/secret"), Reach::Internet, false);
            check(&format!("http://{name}:8080/"), Reach::Anywhere, true);
        }
        check("https://mylocal.example/", Reach::Internet, true);
        check("https://notlocalhost.com/", Reach::Internet, true);
    }

    #[test]
    fn addresses_that_are_not_public_are_refused_in_every_spelling() {
        for host in [
            "127.0.0.1",
            "127.1",
            "2130706433",
            "0x7f000001",
            "0x7f.1",
            "017700000001",
            "0177.0.0.1",
            "①②⑦.⓪.⓪.①",
            "0.0.0.0",
            "0",
            "10.1.2.3",
            "0xa.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "3232235777",
            "169.254.169.254",
            "0xa9fea9fe",
            "100.64.0.1",
            "100.127.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "[::]",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:a9fe:a9fe]",
            "[::ffff:8.8.8.8]",
            "[::127.0.0.1]",
            "[64:ff9b::10.0.0.1]",
            "[64:ff9b:1::1]",
            "[100::1]",
            "[2001::1]",
            "[2001:db8::1]",
            "[2002:7f00:1::]",
            "[3fff::1]",
            "[fc00::1]",
            "[fd00:ec2::254]",
            "[fe80::1]",
            "[fec0::1]",
            "[ff02::1]",
        ] {
            check(&format!("https://{host}/secret"), Reach::Internet, false);
        }
        for public in ["172.15.0.1", "172.32.0.1", "100.63.0.1", "100.128.0.1", "[64:ff9b::8.8.8.8]", "[2a00::1]"] {
            check(&format!("https://{public}/"), Reach::Internet, true);
        }
    }
}
