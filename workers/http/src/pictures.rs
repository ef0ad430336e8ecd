//! Port: what the images Worker finds out about a stored picture.

use crate::ports::BoxFuture;

/// What became of a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Looked {
    /// An answer as [`campana_images::answer::Answer::read`] reads it.
    Seen(Vec<u8>),
    /// Its structure cannot be read.
    Corrupt,
    /// Other pictures come first: try again soon.
    Busy,
    /// It could not be handled: it is too long, or the Worker failed.
    Failed,
}

/// The images Worker.
pub trait Pictures: Send + Sync {
    /// Looks at a picture of the file store. One with more pixels than `max_pixels` gets no smaller forms.
    fn look<'a>(&'a self, key: &'a str, max_pixels: u32) -> BoxFuture<'a, Looked>;
}
