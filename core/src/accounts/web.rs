//! What an app tells its web app, before anyone has signed in.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;
use url::Url;

/// Longest tag of a language, bytes (RFC 5646, 4.4.1).
pub const MAX_LANGUAGE_BYTES: usize = 35;
/// A tag of a language, as a regular expression.
pub const LANGUAGE_PATTERN: &str = "^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$";
/// The beginning of every address that [`is_https_address`] accepts, as a regular expression.
pub const HTTPS_PATTERN: &str = "^https://[^/?#][^?#]*$";

const HTTPS: &str = "https://";

/// The settings of an app. Missing fields take the defaults.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct WebSettings {
    /// Name of the app for people, if it has one.
    pub name: Option<String>,
    /// Languages of the web app, as BCP 47 tags; the first is preferred.
    pub languages: Vec<String>,
    /// Issuer of the OIDC provider at which people sign in, if the app has one.
    pub oidc_issuer: Option<String>,
    /// Id of the web app at that provider, if the app has one.
    pub oidc_client_id: Option<String>,
}

impl Default for WebSettings {
    fn default() -> Self {
        let languages = ["en", "es"].map(str::to_owned).into();
        Self { name: None, languages, oidc_issuer: None, oidc_client_id: None }
    }
}

impl WebSettings {
    /// Issuer and client id of the OIDC provider, if both are set.
    pub fn oidc(&self) -> Option<(&str, &str)> {
        self.oidc_issuer.as_deref().zip(self.oidc_client_id.as_deref())
    }

    /// Whether issuer and client id are both set, or neither is.
    pub fn has_whole_oidc(&self) -> bool {
        self.oidc_issuer.is_some() == self.oidc_client_id.is_some()
    }
}

/// Whether a text is an address that begins with `https://` and has no user, query or fragment. The text is the address as
/// `fetch` understands it: it has no characters that URL parsers drop or replace.
pub fn is_https_address(text: &str) -> bool {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let names_host = text.strip_prefix(HTTPS).is_some_and(|rest| !rest.starts_with('/'));
    let Ok(url) = Url::parse(text) else { return false };
    let is_bare = url.username().is_empty() && url.password().is_none() && url.port() != Some(0);
    is_plain && names_host && is_bare && !text.contains(['?', '#'])
}

/// Whether a value is a list of 1 to `most` different tags of languages, which are well-formed (RFC 5646, 2.2.9).
pub fn are_languages(value: &Value, most: usize) -> bool {
    let Some(tags) = value.as_array().filter(|tags| (1..=most).contains(&tags.len())) else { return false };
    let distinct: BTreeSet<String> =
        tags.iter().filter_map(Value::as_str).filter(|tag| is_language(tag)).map(str::to_ascii_lowercase).collect();
    distinct.len() == tags.len()
}

/// Whether a text has the form of [`LANGUAGE_PATTERN`].
fn is_language(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let is_primary = |part: &str| (2..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphabetic());
    let is_part = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    tag.len() <= MAX_LANGUAGE_BYTES && parts.next().is_some_and(is_primary) && parts.all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_https_address_has_a_host_and_no_user_query_or_fragment() {
        for good in [
            "https://id.example.com",
            "https://id.example.com/",
            "https://id.example.com:8443/realms/a%20b/v2.0",
            "https://192.0.2.7/x",
            "https://[2001:db8::7]/",
            "https://localhost",
        ] {
            assert!(is_https_address(good), "{good}");
        }
        for bad in [
            "",
            "https://",
            "https:///id.example.com",
            "https:id.example.com",
            "HTTPS://id.example.com",
            "http://id.example.com",
            "javascript:alert(1)",
            "id.example.com",
            "https://id.example.com?",
            "https://id.example.com/?tenant=1",
            "https://id.example.com/#",
            "https://me@id.example.com",
            "https://me:secret@id.example.com",
            "https://id.example.com:0",
            "https://id.example.com:65536",
            " https://id.example.com",
            "https://id.example.com\n",
            "https://id.exa\tmple.com",
            "https://id.example.com\\x",
            "https://münchen.example",
            "https://id.example.com/é",
            "https://[::1",
        ] {
            assert!(!is_https_address(bad), "{bad:?}");
        }
    }

    #[test]
    fn languages_are_a_list_of_different_well_formed_tags() {
        let longest = "en-aaaaaaaa-aaaaaaaa-aaaaaaaa-aaaaa";
        assert_eq!(longest.len(), MAX_LANGUAGE_BYTES);
        for good in [
            json!(["en"]),
            json!(["pt-BR", "pt-PT", "zh-Hant-TW"]),
            json!(["es-419"]),
            json!(["de-CH-1996"]),
            json!([longest]),
        ] {
            assert!(are_languages(&good, 3), "{good}");
        }
        for bad in [
            json!([]),
            json!(["en", "es", "fr", "de"]),
            json!("en"),
            json!(null),
            json!({"en": true}),
            json!([""]),
            json!(["e"]),
            json!(["en", 7]),
            json!(["en_US"]),
            json!(["en-"]),
            json!(["-en"]),
            json!(["en--US"]),
            json!(["123"]),
            json!(["englishes"]),
            json!(["en-aaaaaaaaa"]),
            json!(["en\n"]),
            json!(["é1"]),
            json!([format!("{longest}a")]),
            json!(["pt-BR", "pt-br"]),
        ] {
            assert!(!are_languages(&bad, 3), "{bad}");
        }
    }

    #[test]
    fn sign_in_needs_issuer_and_client_id() {
        let settings = |issuer: Option<&str>, client_id: Option<&str>| WebSettings {
            oidc_issuer: issuer.map(str::to_owned),
            oidc_client_id: client_id.map(str::to_owned),
            ..WebSettings::default()
        };
        let issuer = "https://id.example.com";
        assert_eq!(settings(Some(issuer), Some("web")).oidc(), Some((issuer, "web")));
        for (issuer, client_id, is_whole) in
            [(Some(issuer), None, false), (None, Some("web"), false), (None, None, true)]
        {
            let settings = settings(issuer, client_id);
            assert_eq!((settings.oidc(), settings.has_whole_oidc()), (None, is_whole));
        }
    }
}
