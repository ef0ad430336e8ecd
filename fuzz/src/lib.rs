//! Fuzz targets. Each takes any bytes, gives them to a parser or a check of outside input, and asserts what must hold:
//! what is parsed can be written and parsed again with the same result, a signature fits what was signed and nothing
//! else, limits of size and depth hold.
//!
//! `tests/short.rs` runs all of them on the corpus and on mutations of it. `coverage` is the runner for long runs, guided
//! by coverage.

mod mutate;
mod targets;

pub use mutate::Mutator;
use targets::{
    alerts, channels, cursors, files, links, native, pictures, pusher, search, settings, signatures, tokens,
};

/// A fuzz target. Panics if something does not hold.
pub type Target = fn(&[u8]);

/// All targets. The names are those of the folders in `corpus`.
pub const TARGETS: [(&str, Target); 18] = [
    ("native_frames", native::frames),
    ("pusher_frames", pusher::frames),
    ("people", pusher::people),
    ("tokens", tokens::tokens),
    ("key_sets", tokens::key_sets),
    ("channel_signatures", signatures::of_channels),
    ("request_signatures", signatures::of_requests),
    ("event_ids", cursors::event_ids),
    ("cursors", cursors::cursors),
    ("files", files::files),
    ("links", links::links_of_texts),
    ("pages", links::pages),
    ("search_queries", search::queries),
    ("settings", settings::settings),
    ("channels", channels::channels),
    ("pictures", pictures::pictures),
    ("media_files", pictures::media_files),
    ("alerts", alerts::alerts),
];

/// The target with this name.
pub fn named(name: &str) -> Option<Target> {
    TARGETS.iter().find(|(own, _)| *own == name).map(|(_, target)| *target)
}
