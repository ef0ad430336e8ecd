//! Pictures and media files, without I/O.
//!
//! - [`inspect`] reads what a picture is from its header;
//! - [`Cleaning`] removes metadata from the original without encoding it again;
//! - [`variants`] makes the small pictures of the images Worker (feature `variants`);
//! - [`media`] reads type, duration and dimensions of audio and video from their containers;
//! - [`answer`] is what the images Worker answers.
//!
//! No function panics on any input, and memory is bounded: by the input for headers and metadata, by
//! [`Limits`](variants::Limits) for variants.

pub mod answer;
mod bytes;
mod cleaning;
mod exif;
mod formats;
mod inspect;
pub mod media;
#[cfg(test)]
#[cfg(feature = "variants")]
mod tests;
#[cfg(feature = "variants")]
pub mod variants;

pub use cleaning::{Applied, Cleaning, without_metadata};
pub use inspect::{Color, Facts, Kind, inspect};

/// Why a picture is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It ends early, contradicts itself, or has far more blocks than a picture needs.
    #[error("the picture is corrupt")]
    Corrupt,
    /// It has more pixels than the limit.
    #[error("the picture has {width} x {height} pixels")]
    TooLarge {
        /// Pixels in a row.
        width: u32,
        /// Rows.
        height: u32,
    },
}
