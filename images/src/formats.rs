//! The structure of each format: what its header says, and which of its parts are kept.

pub(crate) mod gif;
pub(crate) mod jpeg;
pub(crate) mod png;
pub(crate) mod webp;
