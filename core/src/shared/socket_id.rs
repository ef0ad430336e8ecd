//! Id of a socket, which clients pass to their backends: two whole numbers separated by a dot.

use crate::shared::ids::text_id;

/// Longest id accepted from outside, characters.
const MAX_CHARS: usize = 41;

text_id!(
    /// The id of a socket: `<int>.<int>`.
    SocketId
);

impl SocketId {
    /// A new id of 8 random bytes, so that ids cannot be guessed.
    pub fn new(random: [u8; 8]) -> Self {
        let [a, b, c, d, rest @ ..] = random;
        Self(format!("{}.{}", u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes(rest)))
    }

    /// Parses an id from outside.
    pub fn parse(text: &str) -> Option<Self> {
        let (one, other) = text.split_once('.')?;
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        (text.len() <= MAX_CHARS && is_number(one) && is_number(other)).then(|| Self(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_two_numbers() {
        let id = SocketId::new([0, 0, 0, 123, 0, 0, 1, 200]);
        assert_eq!(id.as_str(), "123.456");
        assert_eq!(SocketId::parse("123.456"), Some(id));
        for bad in ["", ".", "1", "1.", ".1", "1.2.3", "a.1", "-1.2", "1.2\n", "1.2:private-x", &"1".repeat(42)] {
            assert_eq!(SocketId::parse(bad), None, "{bad:?}");
        }
    }
}
