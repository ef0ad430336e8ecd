//! Settings of an app's files.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;

/// Most bytes that [`FileSettings::max_bytes`] can allow.
pub const MAX_BYTES: u32 = 104_857_600;
/// Form of a type in [`FileSettings::types`], as a regular expression.
pub const TYPE_PATTERN: &str = r"^[a-z0-9][a-z0-9.+-]{0,63}/(\*|[a-z0-9][a-z0-9.+-]{0,127})$";
const MAX_MAIN_BYTES: usize = 64;
const MAX_SUB_BYTES: usize = 128;

/// The settings. Missing fields take the defaults.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct FileSettings {
    /// Largest file, bytes.
    pub max_bytes: u32,
    /// Media types that may be uploaded, such as `application/pdf` or `image/*`; `None` for all.
    pub types: Option<Vec<String>>,
    /// Bytes that one person may upload within a day.
    pub per_day_bytes: u32,
    /// Pictures with more pixels get no smaller forms.
    pub image_pixels: u32,
    /// URL of the scanner that decides about each file; `None` if files are not scanned.
    pub scanner_url: Option<String>,
}

impl Default for FileSettings {
    fn default() -> Self {
        Self {
            max_bytes: 25 * 1024 * 1024,
            types: None,
            per_day_bytes: 1024 * 1024 * 1024,
            image_pixels: 50_000_000,
            scanner_url: None,
        }
    }
}

impl FileSettings {
    /// Whether a file of this media type may be uploaded.
    pub fn takes(&self, content_type: &str) -> bool {
        let Some(types) = &self.types else { return true };
        types.iter().any(|allowed| match allowed.strip_suffix('*') {
            Some(main) => content_type.starts_with(main),
            None => content_type == allowed,
        })
    }
}

/// Whether a value is a list of 1 to `most` different media types, which have the form of [`TYPE_PATTERN`].
pub fn are_types(value: &Value, most: usize) -> bool {
    let Some(types) = value.as_array().filter(|types| (1..=most).contains(&types.len())) else { return false };
    let distinct: BTreeSet<&str> = types.iter().filter_map(Value::as_str).filter(|one| is_type(one)).collect();
    distinct.len() == types.len()
}

fn is_type(text: &str) -> bool {
    let is_part = |part: &str, most: usize| {
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".+-".contains(&byte);
        (1..=most).contains(&part.len())
            && part.bytes().all(is_plain)
            && part.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric())
    };
    text.split_once('/')
        .is_some_and(|(main, sub)| is_part(main, MAX_MAIN_BYTES) && (sub == "*" || is_part(sub, MAX_SUB_BYTES)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn types_are_exact_or_all_of_a_kind() {
        let of = |types: &[&str]| FileSettings {
            types: Some(types.iter().map(|one| (*one).to_owned()).collect()),
            ..FileSettings::default()
        };
        assert!(FileSettings::default().takes("application/x-anything"));
        let settings = of(&["image/*", "application/pdf"]);
        for (content_type, takes) in
            [("image/png", true), ("application/pdf", true), ("application/zip", false), ("imagex/png", false)]
        {
            assert_eq!(settings.takes(content_type), takes, "{content_type}");
        }
    }

    #[test]
    fn a_list_of_types_is_short_plain_and_different() {
        assert!(are_types(&json!(["image/*", "application/vnd.ms-excel"]), 2));
        for bad in [
            json!([]),
            json!("image/*"),
            json!(["*/*"]),
            json!(["image"]),
            json!(["Image/png"]),
            json!(["image/png; q=1"]),
            json!(["a/b", "a/b"]),
            json!([1]),
            json!(["a/b", "a/c", "a/d"]),
        ] {
            assert!(!are_types(&bad, 2), "{bad}");
        }
    }
}
