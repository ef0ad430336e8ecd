//! URLs of webhooks as administrators see them.

use url::Url;

/// Longest part of a path that is shown, characters. Longer ones are usually secrets.
const MAX_SHOWN_CHARS: usize = 20;
const HIDDEN: &str = "***";

/// A URL without what is likely to be secret: credentials, the query, the fragment, and long parts of the path.
pub fn shown_url(url: &str) -> String {
    let Ok(url) = Url::parse(url) else { return HIDDEN.to_owned() };
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let parts = url.path_segments().into_iter().flatten();
    let path: String = parts
        .map(|part| if part.len() > MAX_SHOWN_CHARS { format!("/{HIDDEN}") } else { format!("/{part}") })
        .collect();
    let query = if url.query().is_some() { format!("?{HIDDEN}") } else { String::new() };
    format!("{}://{}{port}{path}{query}", url.scheme(), url.host_str().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_secret_in_a_url_is_hidden() {
        for (url, shown) in [
            ("https://hooks.example/alerts", "https://hooks.example/alerts"),
            ("https://user:secret@hooks.example:8443/a?token=secret#secret", "https://hooks.example:8443/a?***"),
            ("https://hooks.example/services/T0/XXXXXXXXXXXXXXXXXXXXXXXX", "https://hooks.example/services/T0/***"),
            ("secret", "***"),
        ] {
            assert_eq!(shown_url(url), shown);
        }
    }
}
