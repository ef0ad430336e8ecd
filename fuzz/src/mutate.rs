//! Random changes of inputs, for runs without guidance by coverage.

/// Texts with a meaning to some parser.
const WORDS: [&str; 34] = [
    "\"",
    "\\",
    "\\u0000",
    "\\ud800",
    "{",
    "}",
    "[",
    "]",
    ":",
    ".",
    ",",
    "null",
    "true",
    "-1",
    "0",
    "1e309",
    "9223372036854775808",
    "9007199254740993",
    "\u{0}",
    "\u{1f}",
    "%26",
    "&",
    "=",
    "#",
    "private-",
    "presence-",
    "private-encrypted-cache-",
    "#server-to-user-",
    "client-",
    "pusher:subscribe",
    "0190a7c0-0000-7000-8000-000000000001",
    "$serde_json::private::RawValue",
    "\u{e9}\u{10ffff}",
    "\u{202e}",
];
/// Longest input, bytes.
const MAX_BYTES: usize = 4_096;

/// Makes inputs from a corpus. The same seed makes the same inputs.
#[derive(Debug)]
pub struct Mutator {
    state: u64,
}

impl Mutator {
    /// A mutator with this seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { state: seed | 1 }
    }

    /// A number below `below`, which is above 0.
    fn draw(&mut self, below: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        usize::try_from((self.state >> 11) % (below.max(1) as u64)).unwrap_or(0)
    }

    /// The next input: one of the corpus, changed in a few places.
    pub fn next(&mut self, corpus: &[Vec<u8>]) -> Vec<u8> {
        let mut input = corpus.get(self.draw(corpus.len())).cloned().unwrap_or_default();
        for _ in 0..=self.draw(4) {
            self.change(&mut input, corpus);
        }
        input.truncate(MAX_BYTES);
        input
    }

    fn change(&mut self, input: &mut Vec<u8>, corpus: &[Vec<u8>]) {
        let at = self.draw(input.len() + 1);
        let end = (at + 1 + self.draw(8)).min(input.len());
        match self.draw(7) {
            0 => input.insert(at, self.draw(256).to_le_bytes()[0]),
            1 if at < input.len() => input[at] ^= 1 << self.draw(8),
            2 if at < end => drop(input.drain(at..end)),
            3 if at < end => {
                let part = input[at..end].to_vec();
                let to = self.draw(input.len() + 1);
                input.splice(to..to, part);
            }
            4 => {
                let other = corpus.get(self.draw(corpus.len())).map(Vec::as_slice).unwrap_or_default();
                let from = self.draw(other.len() + 1);
                let to = (from + self.draw(32)).min(other.len());
                input.splice(at..at, other[from..to].iter().copied());
            }
            5 => {
                let times = 1 + self.draw(64);
                let word = WORDS[self.draw(WORDS.len())].repeat(times);
                input.splice(at..at, word.into_bytes());
            }
            _ => {
                let word = WORDS[self.draw(WORDS.len())];
                input.splice(at..end.max(at), word.bytes());
            }
        }
    }
}
