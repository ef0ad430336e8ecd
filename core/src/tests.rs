//! Property tests against panics: parsers with arbitrary input, arithmetic with numbers of any size.

mod extremes;
mod inputs;
