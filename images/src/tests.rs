//! Tests with pictures that are made by code.

mod answers;
mod cleaning;
mod hostile;
mod media;
mod samples;
mod variants;
