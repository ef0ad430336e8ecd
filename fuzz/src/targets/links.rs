//! Links in messages, and the pages that they lead to.

use super::{parts, text};
use campana_core::chat::link_previews::{MAX_LINKS, Page, links, read_page};
use campana_core::shared::address::{Reach, check_page_url, redirected};

const LINK: &str = "https://example.org/a/b";

/// The input is a text with links; and where a page redirects to.
pub(crate) fn links_of_texts(data: &[u8]) {
    let Some(text) = text(data) else { return };
    let found = links(text, Reach::Internet);
    assert!(found.len() <= MAX_LINKS);
    for url in found.iter().chain(&redirected(LINK, text, Reach::Internet)) {
        assert_eq!(check_page_url(url, Reach::Internet).as_ref(), Some(url), "it is read as it is written");
        assert!(url.starts_with("https://") || url.starts_with("http://"), "{url}");
        assert!(!url.contains(['#', ' ', '<', '"']), "{url}");
    }
}

/// The input is a `content-type` and the body of a page.
pub(crate) fn pages(data: &[u8]) {
    let end = data.iter().position(|byte| *byte == 0).unwrap_or(data.len());
    let (kind, body) = data.split_at(end);
    let body = body.split_first().map_or(body, |(_, rest)| rest);
    let Some([content_type]) = parts(kind) else { return };
    let Some(preview) = read_page(LINK, Page { address: LINK, content_type, body }, Reach::Internet) else { return };
    assert_eq!(preview.url, LINK);
    let texts = [(Some(&preview.title), 200), (preview.description.as_ref(), 500), (preview.site_name.as_ref(), 100)];
    for (text, most) in texts {
        let Some(text) = text else { continue };
        assert!(!text.is_empty() && text.chars().count() <= most, "{text:?}");
        assert!(!text.chars().any(char::is_control), "{text:?}");
        assert_eq!(text.trim(), text);
    }
    assert!(preview.image.is_none_or(|image| check_page_url(&image, Reach::Internet) == Some(image)));
}
