//! Previews of links in messages: which links of a text have one, and what a message carries of the pages.
//!
//! A message has its previews in the field [`METADATA_FIELD`] of its metadata, which only the server writes. A preview is no part of what
//! the sender wrote: it changes neither the version of a message nor the time of its last edit.

mod page;

pub use page::{Page, is_html, read_page};

use crate::chat::mentions::without_code;
use crate::chat::wire::Message;
use crate::shared::address::{Reach, check_page_url};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Field of a message's metadata that has the previews.
pub const METADATA_FIELD: &str = "link_previews";
/// Most links of a message that get a preview: the first ones.
pub const MAX_LINKS: usize = 3;
/// Most links of a text that are looked at.
const MAX_LOOKED_AT: usize = 20;

/// What a message carries of a page that it links to. Plain text; no HTML.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LinkPreview {
    /// The link, in the form in which a browser shows it.
    pub url: String,
    /// The page's title, at most 200 characters.
    pub title: String,
    /// What the page says about itself, at most 500 characters.
    pub description: Option<String>,
    /// Address of a picture, which is on the page's server or another one.
    pub image: Option<String>,
    /// The site's name, at most 100 characters.
    pub site_name: Option<String>,
}

/// The first links in a text that may have a preview, each once, without their fragments. Text in backticks has none.
pub fn links(text: &str, reach: Reach) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    if !text.contains("://") {
        return found;
    }
    let text = without_code(text);
    for (at, _) in text.match_indices("://").take(MAX_LOOKED_AT) {
        let (before, after) = text.split_at(at);
        let Some(scheme) = ["https", "http"].into_iter().find(|scheme| ends_with_word(before, scheme)) else {
            continue;
        };
        let rest: String =
            after.chars().take_while(|c| !c.is_whitespace() && !matches!(c, '<' | '>' | '"' | '`')).collect();
        let link = format!("{scheme}{}", trimmed(&rest));
        let Some(url) = check_page_url(&link, reach) else { continue };
        if !found.contains(&url) {
            found.push(url);
        }
        if found.len() >= MAX_LINKS {
            break;
        }
    }
    found
}

/// Whether a text ends with this word, in any case, and no letter or digit is before it.
fn ends_with_word(text: &str, word: &str) -> bool {
    let Some(at) = text.len().checked_sub(word.len()) else { return false };
    let Some((before, last)) = text.split_at_checked(at) else { return false };
    last.eq_ignore_ascii_case(word) && !before.chars().next_back().is_some_and(char::is_alphanumeric)
}

/// A link without the punctuation of the sentence that it is in, and without a bracket that it does not open.
fn trimmed(link: &str) -> &str {
    let mut link = link;
    while let Some(last) = link.chars().next_back() {
        let is_unopened = |open: char| link.matches(last).count() > link.matches(open).count();
        let is_of_sentence = match last {
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '_' | '~' | '…' => true,
            ')' => is_unopened('('),
            ']' => is_unopened('['),
            '}' => is_unopened('{'),
            _ => false,
        };
        let Some(shorter) = link.strip_suffix(last).filter(|_| is_of_sentence) else { break };
        link = shorter;
    }
    link
}

/// Metadata of a client without what only the server writes; `None` if nothing is left of it.
pub fn without_previews(metadata: Option<Map<String, Value>>) -> Option<Map<String, Value>> {
    let mut metadata = metadata?;
    if metadata.remove(METADATA_FIELD).is_some() && metadata.is_empty() {
        return None;
    }
    Some(metadata)
}

/// The previews of a message.
pub fn previews_of(message: &Message) -> Vec<LinkPreview> {
    let stored = message.metadata.as_ref().and_then(|metadata| metadata.get(METADATA_FIELD));
    stored.and_then(|stored| serde_json::from_value(stored.clone()).ok()).unwrap_or_default()
}

/// Sets the previews of a message. Returns whether they are others than before.
pub fn set_previews(message: &mut Message, previews: &[LinkPreview]) -> bool {
    if previews_of(message) == previews {
        return false;
    }
    let mut metadata = message.metadata.take().unwrap_or_default();
    metadata.remove(METADATA_FIELD);
    if !previews.is_empty() {
        metadata.insert(METADATA_FIELD.to_owned(), json!(previews));
    }
    message.metadata = Some(metadata).filter(|metadata| !metadata.is_empty());
    true
}

/// Removes the previews of links that the text of a message does not have any more. Returns whether there were any.
pub fn drop_stale_previews(message: &mut Message) -> bool {
    let previews = previews_of(message);
    if previews.is_empty() {
        return false;
    }
    // Whether an address is allowed was decided when it was fetched.
    let links = links(message.body.as_deref().unwrap_or_default(), Reach::Anywhere);
    let kept: Vec<LinkPreview> = previews.into_iter().filter(|preview| links.contains(&preview.url)).collect();
    set_previews(message, &kept)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(text: &str) -> Vec<String> {
        links(text, Reach::Internet)
    }

    #[test]
    fn links_end_with_the_sentence_or_a_bracket_that_they_do_not_open() {
        for (text, expected) in [
            ("see https://example.org/a.", vec!["https://example.org/a"]),
            (
                "(https://example.org/a_(b)), HTTP://Example.org",
                vec!["https://example.org/a_(b)", "http://example.org/"],
            ),
            (
                "[x](https://example.org/x) <https://example.org/y>",
                vec!["https://example.org/x", "https://example.org/y"],
            ),
            ("https://example.org/#top https://example.org/#end", vec!["https://example.org/"]),
            ("**https://example.org/b**", vec!["https://example.org/b"]),
            ("https://münchen.example/ñ", vec!["https://xn--mnchen-3ya.example/%C3%B1"]),
            ("`https://example.org` ```\nhttps://example.org/c\n```", vec![]),
            ("xhttps://example.org ftp://example.org :// https://", vec![]),
            (
                "https://a.example https://b.example https://c.example https://d.example",
                vec!["https://a.example/", "https://b.example/", "https://c.example/"],
            ),
        ] {
            assert_eq!(of(text), expected, "{text}");
        }
    }

    #[test]
    fn links_into_private_networks_or_with_credentials_or_ports_have_no_preview() {
        for text in [
            "http://localhost/ http://127.0.0.1/ http://0x7f000001/ http://[::1]/ http://10.1.2.3/",
            "http://169.254.169.254/latest/meta-data http://192.168.1.1 http://[fd00::1]/ http://[::ffff:10.0.0.1]/",
            "https://ana:secret@example.org/ https://ana@example.org/",
            "https://example.org:8443/ http://example.org:22/",
            "http://router.local/ http://intranet/ http://db.internal/",
        ] {
            assert_eq!(of(text), Vec::<String>::new(), "{text}");
        }
        assert_eq!(
            of("http://example.org:80/ https://example.org:443/"),
            ["http://example.org/", "https://example.org/"]
        );
    }

    #[test]
    fn a_clients_own_field_is_dropped() {
        let map = |value: Value| value.as_object().cloned();
        assert_eq!(without_previews(map(json!({"link_previews": [1]}))), None);
        assert_eq!(without_previews(map(json!({"link_previews": 1, "a": 2}))), map(json!({"a": 2})));
        assert_eq!(without_previews(map(json!({}))), map(json!({})));
        assert_eq!(without_previews(None), None);
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "(http|s|://|[a-z.@:/()\\[\\]` é]|\\PC){0,60}") {
            let found = of(&text);
            prop_assert!(found.len() <= MAX_LINKS);
            prop_assert!(found.iter().all(|url| check_page_url(url, Reach::Internet).as_ref() == Some(url)));
        }
    }
}
