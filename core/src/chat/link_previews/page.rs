//! What a page says about itself: the elements `title` and `meta` of its head, as plain text.

use super::LinkPreview;
use crate::shared::address::{Reach, check_page_url};
use html5gum::emitters::default::{StartTag, Token};
use html5gum::{DefaultEmitter, Tokenizer};
use std::borrow::Cow;
use url::Url;

const MAX_TITLE_CHARS: usize = 200;
const MAX_DESCRIPTION_CHARS: usize = 500;
const MAX_SITE_CHARS: usize = 100;
/// Most tokens of a page that are read: the head of a page has far fewer.
const MAX_TOKENS: usize = 20_000;

/// A page as its server sent it.
#[derive(Debug, Clone, Copy)]
pub struct Page<'a> {
    /// Address that the server answered at, after redirects.
    pub address: &'a str,
    /// The header `content-type`.
    pub content_type: &'a str,
    /// The body, or its beginning.
    pub body: &'a [u8],
}

/// Texts of a page's head, the first of each.
#[derive(Default)]
struct Head {
    title: Option<String>,
    shared_title: Option<String>,
    description: Option<String>,
    shared_description: Option<String>,
    image: Option<String>,
    site_name: Option<String>,
}

/// Whether a `content-type` is that of an HTML page.
pub fn is_html(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    ["text/html", "application/xhtml+xml"].iter().any(|html| kind.eq_ignore_ascii_case(html))
}

/// The preview of a link from the page that it leads to; `None` if that is no HTML or has no title.
pub fn read_page(link: &str, page: Page<'_>, reach: Reach) -> Option<LinkPreview> {
    if !is_html(page.content_type) {
        return None;
    }
    let head = Head::read(&decoded(page.body, page.content_type));
    let text = |text: Option<String>, most| text.map(|text| plain(&text, most)).filter(|text| !text.is_empty());
    let title = text(head.shared_title, MAX_TITLE_CHARS).or(text(head.title, MAX_TITLE_CHARS))?;
    let description = text(head.shared_description, MAX_DESCRIPTION_CHARS);
    let image = head.image.and_then(|image| {
        let image = Url::parse(page.address).ok()?.join(image.trim()).ok()?;
        check_page_url(image.as_str(), reach)
    });
    Some(LinkPreview {
        url: link.to_owned(),
        title,
        description: description.or(text(head.description, MAX_DESCRIPTION_CHARS)),
        image,
        site_name: text(head.site_name, MAX_SITE_CHARS),
    })
}

impl Head {
    fn read(html: &str) -> Self {
        let mut head = Self::default();
        let mut is_in_title = false;
        let mut emitter = DefaultEmitter::default();
        // What is in scripts and styles is text, not tags.
        emitter.naively_switch_states(true);
        for token in Tokenizer::new_with_emitter(html, emitter).take(MAX_TOKENS) {
            let Ok(token) = token;
            match token {
                Token::StartTag(tag) => {
                    is_in_title = tag.name.as_slice() == b"title" && head.title.is_none();
                    if tag.name.as_slice() == b"meta" {
                        head.take(&tag);
                    } else if tag.name.as_slice() == b"body" {
                        break;
                    }
                }
                Token::String(text) if is_in_title => {
                    let more = String::from_utf8_lossy(&text);
                    head.title.get_or_insert_default().push_str(&more);
                }
                Token::EndTag(tag) => {
                    is_in_title = false;
                    if tag.name.as_slice() == b"head" {
                        break;
                    }
                }
                _ => {}
            }
        }
        head
    }

    /// Takes what an element `meta` says, unless one before it has said it.
    fn take(&mut self, tag: &StartTag<()>) {
        let attribute = |name: &[u8]| tag.attributes.get(name).map(|value| String::from_utf8_lossy(value));
        let Some(content) = attribute(b"content") else { return };
        let Some(name) = attribute(b"property").or_else(|| attribute(b"name")) else { return };
        let place = match name.trim().to_ascii_lowercase().as_str() {
            "og:title" | "twitter:title" => &mut self.shared_title,
            "og:description" | "twitter:description" => &mut self.shared_description,
            "description" => &mut self.description,
            "og:image" | "og:image:url" | "og:image:secure_url" | "twitter:image" => &mut self.image,
            "og:site_name" => &mut self.site_name,
            _ => return,
        };
        if place.is_none() {
            *place = Some(content.into_owned());
        }
    }
}

/// The text of a body in UTF-8, or in Latin-1 where the header says so. Other encodings are read as UTF-8: their letters are lost.
fn decoded<'a>(body: &'a [u8], content_type: &str) -> Cow<'a, str> {
    let content_type = content_type.to_ascii_lowercase();
    if ["iso-8859-1", "windows-1252", "latin1"].iter().any(|latin| content_type.contains(latin)) {
        return body.iter().map(|byte| char::from(*byte)).collect::<String>().into();
    }
    String::from_utf8_lossy(body)
}

/// A text in one line, without control characters and those that change the direction of the text after it.
fn plain(text: &str, most: usize) -> String {
    let is_hidden = |c: char| matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffd}' | '\u{e0000}'..='\u{e007f}');
    let kept = text.chars().map(|c| if c.is_control() { ' ' } else { c }).filter(|c| !is_hidden(*c));
    let kept: String = kept.take(most.saturating_mul(4)).collect();
    let line = kept.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= most {
        return line;
    }
    let mut short: String = line.chars().take(most.saturating_sub(1)).collect();
    short.truncate(short.trim_end().len());
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LINK: &str = "https://example.org/a";

    fn preview_as(content_type: &str, body: &[u8]) -> Option<LinkPreview> {
        read_page(LINK, Page { address: "https://www.example.org/b/c", content_type, body }, Reach::Internet)
    }

    fn preview(html: &str) -> Option<LinkPreview> {
        preview_as("text/html; charset=utf-8", html.as_bytes())
    }

    #[test]
    fn what_a_page_says_for_sharing_goes_before_its_own_title() {
        let html = r#"<!doctype html><html><head><meta charset=utf-8><title> One &amp;
            two </title><META NAME=description content="plain"><meta property="og:title" content="Caf&eacute; &lt;b&gt;">
            <meta property='og:description' content='about &quot;it&quot;'><meta property=og:image content="../i.png?a=1&amp;b=2">
            <meta property="og:site_name" content="Example"><meta property="og:title" content="later"></head></html>"#;
        assert_eq!(
            preview(html),
            Some(LinkPreview {
                url: LINK.to_owned(),
                title: "Café <b>".to_owned(),
                description: Some("about \"it\"".to_owned()),
                image: Some("https://www.example.org/i.png?a=1&b=2".to_owned()),
                site_name: Some("Example".to_owned()),
            })
        );
        let plain =
            preview("<title> One &amp;\n two </title><meta name=description content=plain>").expect("a preview");
        assert_eq!(
            (plain.title.as_str(), plain.description.as_deref(), plain.image),
            ("One & two", Some("plain"), None)
        );
    }

    #[test]
    fn pages_without_a_title_and_other_documents_have_no_preview() {
        for html in
            ["", "<title></title>", "<title>\u{200b} \u{7}</title>", "<p>text</p>", "<body><title>x</title>", "\0\0"]
        {
            assert_eq!(preview(html), None, "{html}");
        }
        for content_type in ["", "text/plain", "application/json", "image/png", "text/htmlx", "application/pdf"] {
            assert_eq!(preview_as(content_type, b"<title>x</title>"), None, "{content_type}");
        }
        assert!(preview_as("APPLICATION/xhtml+xml", b"<title>x</title>").is_some());
        let latin = preview_as("text/html; charset=ISO-8859-1", b"<title>caf\xe9</title>").expect("a preview");
        assert_eq!(latin.title, "café");
    }

    #[test]
    fn hostile_pages_give_short_plain_text_and_no_private_picture() {
        let title = |html: &str| preview(html).map(|preview| preview.title);
        assert_eq!(
            title("<script>'<title>no</title>'</script><!--<title>no</title>--><title>yes</title>").as_deref(),
            Some("yes")
        );
        assert_eq!(title("<title>a\u{202e}b\u{0}c\r\nd&#x202e;&#0;e</title>").as_deref(), Some("abc de"));
        assert_eq!(title("<title>open").as_deref(), Some("open"));
        assert_eq!(
            title("<title><img src=x onerror=alert(1)></title>").as_deref(),
            Some("<img src=x onerror=alert(1)>")
        );
        let long = title(&format!("<title>{}</title>", "ñ".repeat(100_000))).expect("a title");
        assert_eq!((long.chars().count(), long.ends_with('…')), (200, true));
        for image in [
            "javascript:alert(1)",
            "data:image/png;base64,AA",
            "http://127.0.0.1/x",
            "https://a:b@example.org/",
            "//10.0.0.1/x",
        ] {
            let html = format!("<title>x</title><meta property=og:image content=\"{image}\">");
            assert_eq!(preview(&html).expect("a preview").image, None, "{image}");
        }
        let deep = format!("{}<title>late</title>", "<meta a=b>".repeat(MAX_TOKENS));
        assert_eq!(preview(&deep), None, "the beginning of a page is read");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(body in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _any = preview_as("text/html", &body);
        }

        #[test]
        fn any_markup_is_read(html in "(<|>|/|title|meta|property=|content=|og:title|\"|'|&#|x|;|<!--|-->|[a-z ]|\\PC){0,80}") {
            if let Some(found) = preview(&html) {
                prop_assert!(!found.title.is_empty() && found.title.chars().count() <= MAX_TITLE_CHARS);
                prop_assert!(!found.title.chars().any(char::is_control));
            }
        }
    }
}
