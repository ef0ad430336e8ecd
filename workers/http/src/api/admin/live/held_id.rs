//! Ids of what an object holds: a connection, or a trace. Opaque to clients; inside are the lease of the object, and the key
//! there.

use crate::request::FromText;
use base64ct::{Base64UrlUnpadded, Encoding};
use serde::Serialize;

/// Longest accepted id, characters.
const MAX_CHARS: usize = 512;
const SEPARATOR: char = '\u{1f}';

/// Id of a connection or a trace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
#[serde(transparent)]
pub(crate) struct HeldId(String);

impl HeldId {
    /// The id of what has this key in the object with this lease.
    pub(super) fn new(source: &str, key: &str) -> Self {
        Self(Base64UrlUnpadded::encode_string(format!("{source}{SEPARATOR}{key}").as_bytes()))
    }

    /// Lease and key.
    pub(super) fn parts(&self) -> Option<(String, String)> {
        let text = String::from_utf8(Base64UrlUnpadded::decode_vec(&self.0).ok()?).ok()?;
        let (source, key) = text.split_once(SEPARATOR)?;
        Some((source.to_owned(), key.to_owned()))
    }
}

impl FromText for HeldId {
    fn read(text: &str) -> Option<Self> {
        let id = Self(text.to_owned());
        (text.len() <= MAX_CHARS && id.parts().is_some()).then_some(id)
    }
}

#[cfg(test)]
mod tests {
    use super::{HeldId, MAX_CHARS};
    use crate::request::FromText;

    #[test]
    fn an_id_decodes_to_lease_and_key() {
        let id = HeldId::new("gateway.weur/3", "1700000000000.1.2");
        assert_eq!(id.parts(), Some(("gateway.weur/3".to_owned(), "1700000000000.1.2".to_owned())));
        assert_eq!(HeldId::read(&id.0), Some(id));
        for bad in ["", "!", "YQ", &"A".repeat(MAX_CHARS + 1)] {
            assert_eq!(HeldId::read(bad), None, "{bad}");
        }
    }
}
