//! What the images Worker answers: four bytes with the length of the facts (big-endian), the facts as JSON, then the bytes
//! of each variant, in the order of the facts.

use crate::bytes::{Reader, index};
use crate::{Cleaning, Facts, Kind};
use serde::{Deserialize, Serialize};

/// Longest facts that are read, bytes.
const MAX_FACTS_BYTES: u32 = 1_048_576;

/// What the images Worker found out about a picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// What the picture is.
    pub facts: Facts,
    /// How the stored file is made from the original.
    pub cleaning: Cleaning,
    /// The placeholder, Base64; `None` without variants.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub thumbhash: Option<String>,
    /// The variants; empty if the picture cannot be decoded or is too large.
    pub variants: Vec<VariantFacts>,
    /// Why there are none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub no_variants: Option<NoVariants>,
}

/// Why a picture has no variants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum NoVariants {
    /// It is no picture, or a coding that is not decoded (arithmetic, lossless JPEG).
    #[error("the picture has a format that is not decoded")]
    Unsupported,
    /// Decoding it would need more memory or time than the limit.
    #[error("the picture is too large")]
    TooLarge,
    /// It cannot be decoded.
    #[error("the picture is corrupt")]
    Corrupt,
}

/// What a variant is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VariantFacts {
    /// `thumb` or `preview`.
    pub name: VariantName,
    /// JPEG, or PNG if it has transparency.
    pub kind: Kind,
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Bytes.
    pub size: u32,
}

/// Which of the small pictures a variant is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VariantName {
    /// For lists.
    Thumb,
    /// For a screen.
    Preview,
}

impl Answer {
    /// Writes the answer with the bytes of its variants.
    ///
    /// # Errors
    /// If the facts cannot be written, which only a lack of memory causes.
    pub fn write<'a>(&self, variants: impl Iterator<Item = &'a [u8]>) -> Result<Vec<u8>, serde_json::Error> {
        let facts = serde_json::to_vec(self)?;
        let length = u32::try_from(facts.len()).unwrap_or(u32::MAX);
        let mut written = [length.to_be_bytes().as_slice(), &facts].concat();
        for bytes in variants {
            written.extend_from_slice(bytes);
        }
        Ok(written)
    }

    /// Reads an answer, with the bytes of each variant. `None` if it is not one.
    pub fn read(bytes: &[u8]) -> Option<(Self, Vec<&[u8]>)> {
        let mut reader = Reader::new(bytes);
        let length = reader.u32_be().filter(|length| *length <= MAX_FACTS_BYTES)?;
        let answer: Self = serde_json::from_slice(reader.take(index(length))?).ok()?;
        let variants = answer.variants.iter().map(|variant| reader.take(index(variant.size))).collect::<Option<_>>()?;
        reader.rest().is_empty().then_some((answer, variants))
    }
}
