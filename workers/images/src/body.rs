//! A picture's bytes, which arrive in chunks.

use crate::place::Place;
use futures_util::StreamExt;
use worker::{Error, Request, Result};

/// The body is longer than the limit.
pub(crate) struct TooLong;

/// Reads the body. Without a length it grows in steps rather than by doubling, which would need three times its memory.
pub(crate) async fn read(
    request: &mut Request,
    place: &Place,
    most: usize,
) -> Result<std::result::Result<Vec<u8>, TooLong>> {
    const STEP_BYTES: usize = 2 << 20;
    let announced = request.headers().get("content-length")?.and_then(|length| length.parse::<usize>().ok());
    if announced.is_some_and(|length| length > most) {
        return Ok(Err(TooLong));
    }
    place.body(|body| body.reserve_exact(announced.unwrap_or(0))).ok_or_else(late)?;
    let mut chunks = request.stream()?;
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk?;
        let fits = place.body(|body| {
            let length = body.len().saturating_add(chunk.len());
            if length > most {
                return false;
            }
            if length > body.capacity() {
                body.reserve_exact(chunk.len().max(STEP_BYTES));
            }
            body.extend_from_slice(&chunk);
            true
        });
        if !fits.ok_or_else(late)? {
            return Ok(Err(TooLong));
        }
    }
    place.body(std::mem::take).map(Ok).ok_or_else(late)
}

fn late() -> Error {
    Error::RustError("the picture took too long to arrive".to_owned())
}
