//! The images Worker: facts, cleaning and variants of a picture (see `campana_images`), for the edge.
//!
//! A script of its own with its own isolates: a picture that needs much memory or time, or ends an isolate, harms no
//! conversation. Only the edge's service binding reaches it. An isolate handles one picture at a time; other requests
//! wait a little, then are answered 503.
//!
//! `POST /` with the picture as body: 200 with [`Answer`](campana_images::answer::Answer), 413 if the body is too long,
//! 415 if it is no picture, 422 if it is corrupt, 503 with `Retry-After` if the isolate is busy.

mod body;
mod place;

use body::TooLong;
use campana_images::Error;
use campana_images::variants::{Limits, answer};
use place::Place;
use std::cell::Cell;
use worker::{Context, Env, Method, Request, Response, Result, event};

/// Longest picture, bytes. What decoding may need depends on what the picture leaves of the memory of an isolate, so that a long one
/// loses its metadata only.
const MAX_BYTES: usize = 64 << 20;
/// Most pixels of the picture, if the caller allows fewer than the default.
const PIXELS_HEADER: &str = "campana-max-pixels";

thread_local! {
    /// Pictures that this instance of the WebAssembly has handled.
    static HANDLED: Cell<u32> = const { Cell::new(0) };
}

/// Entry point for calls of the edge.
#[event(fetch)]
async fn fetch(request: Request, env: Env, _context: Context) -> Result<Response> {
    if request.method() != Method::Post || request.path() != "/" {
        return Response::error("POST / takes a picture", 404);
    }
    let mut response = handle(request).await?;
    if env.var("ENVIRONMENT").is_ok_and(|environment| environment.to_string() == "local") {
        let headers = response.headers_mut();
        headers.set("campana-handled", &HANDLED.get().to_string())?;
        headers.set("campana-memory", &memory_bytes().to_string())?;
    }
    Ok(response)
}

async fn handle(mut request: Request) -> Result<Response> {
    let limits = limits(&request)?;
    let Some(place) = Place::take().await else {
        let response = Response::error("another picture is being handled", 503)?;
        response.headers().set("retry-after", "1")?;
        return Ok(response);
    };
    let bytes = match body::read(&mut request, &place, MAX_BYTES).await? {
        Ok(bytes) => bytes,
        Err(TooLong) => return Response::error("the picture has too many bytes", 413),
    };
    HANDLED.set(HANDLED.get().wrapping_add(1));
    // From here to the answer nothing waits, so no other picture is in memory.
    match answer(&bytes, &limits) {
        Ok(None) => Response::error("the body is no picture", 415),
        Err(error @ (Error::Corrupt | Error::TooLarge { .. })) => Response::error(error.to_string(), 422),
        Ok(Some((facts, variants))) => {
            drop(bytes);
            let written = facts.write(variants.iter().map(|variant| variant.bytes.as_slice()))?;
            Response::from_bytes(written)
        }
    }
}

fn limits(request: &Request) -> Result<Limits> {
    let limits = Limits::default();
    let allowed = request.headers().get(PIXELS_HEADER)?.and_then(|pixels| pixels.parse().ok());
    Ok(Limits { max_pixels: allowed.unwrap_or(limits.max_pixels), ..limits })
}

/// Linear memory of the WebAssembly, which grows only.
#[cfg(target_arch = "wasm32")]
fn memory_bytes() -> usize {
    core::arch::wasm32::memory_size::<0>().saturating_mul(64 * 1024)
}

#[cfg(not(target_arch = "wasm32"))]
fn memory_bytes() -> usize {
    0
}
