//! Checksums of the pieces of a resumable upload, as tus 1.0 states them in `Upload-Checksum`.

use base64ct::{Base64, Encoding};
use serde::{Deserialize, Serialize};
use sha1_smol::Sha1;
use sha2::{Digest, Sha256};

/// The algorithms, as `Tus-Checksum-Algorithm` lists them.
pub const ALGORITHMS: &str = "sha1,sha256";

/// A checksum that a client states.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Checksum {
    /// SHA-1.
    Sha1(Vec<u8>),
    /// SHA-256.
    Sha256(Vec<u8>),
}

impl Checksum {
    /// Reads the header: the algorithm's name, a space, and the checksum in base64. `None` for another algorithm or form.
    pub fn parse(header: &str) -> Option<Self> {
        let (algorithm, encoded) = header.trim().split_once(' ')?;
        let sum = Base64::decode_vec(encoded.trim()).ok()?;
        match (algorithm, sum.len()) {
            ("sha1", 20) => Some(Self::Sha1(sum)),
            ("sha256", 32) => Some(Self::Sha256(sum)),
            _ => None,
        }
    }

    /// Begins to check bytes against it.
    pub fn check(&self) -> ChecksumCheck {
        match self {
            Self::Sha1(sum) => ChecksumCheck::Sha1(Box::default(), sum.clone()),
            Self::Sha256(sum) => ChecksumCheck::Sha256(Box::default(), sum.clone()),
        }
    }
}

/// A check of bytes that arrive in pieces.
pub enum ChecksumCheck {
    /// With SHA-1.
    Sha1(Box<Sha1>, Vec<u8>),
    /// With SHA-256.
    Sha256(Box<Sha256>, Vec<u8>),
}

impl ChecksumCheck {
    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha1(hash, _) => hash.update(bytes),
            Self::Sha256(hash, _) => hash.update(bytes),
        }
    }

    /// Whether the bytes have the checksum.
    pub fn is_right(self) -> bool {
        match self {
            Self::Sha1(hash, sum) => hash.digest().bytes().as_slice() == sum,
            Self::Sha256(hash, sum) => hash.finalize()[..] == sum[..],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_right(header: &str, pieces: &[&[u8]]) -> bool {
        let mut check = Checksum::parse(header).expect("a checksum").check();
        for piece in pieces {
            check.update(piece);
        }
        check.is_right()
    }

    #[test]
    fn bytes_in_any_pieces_have_their_checksum() {
        // `hello world`, an example of the specification.
        assert!(is_right("sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=", &[b"hello world"]));
        assert!(is_right("sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=", &[b"hello", b"", b" world"]));
        assert!(is_right("sha256 uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek=", &[b"hello world"]));
        assert!(!is_right("sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=", &[b"hello World"]));
    }

    #[test]
    fn other_algorithms_and_forms_are_refused() {
        for bad in [
            "",
            "sha1",
            "sha1 ",
            "md5 XrY7u+Ae7tCTyyK7j1rNww==",
            "sha1 Kq5s",
            "sha256 Kq5sNclPz7QV2+lfQIuc6R7oRu0=",
            "sha1 !",
        ] {
            assert_eq!(Checksum::parse(bad), None, "{bad}");
        }
    }
}
