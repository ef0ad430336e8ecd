//! Platform ports: clock, random generator and memory.

use campana_core::shared::problem::{Kind, Problem};
use campana_core::shared::timestamp::Timestamp;
use campana_http::{BoxFuture, Clock, Memory, Random};
use std::time::Duration;
use worker::Delay;
use worker::send::SendFuture;

/// The platform's clock. It stands still while the isolate computes and advances only with I/O.
pub(crate) struct JsClock;

impl Clock for JsClock {
    #[expect(clippy::cast_possible_truncation, reason = "whole milliseconds, far below 2^53")]
    #[expect(clippy::disallowed_methods, reason = "the adapter of the clock port")]
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(js_sys::Date::now() as i64)
    }

    fn sleep(&self, millis: u32) -> BoxFuture<'_, ()> {
        Box::pin(SendFuture::new(Delay::from(Duration::from_millis(u64::from(millis)))))
    }
}

/// The platform's cryptographic random generator.
pub(crate) struct PlatformRandom;

impl Random for PlatformRandom {
    #[expect(clippy::disallowed_methods, reason = "the adapter of the random port")]
    fn fill(&self, bytes: &mut [u8]) -> Result<(), Problem> {
        getrandom::fill(bytes).map_err(|_| Problem::new(Kind::Internal, "no randomness"))
    }
}

/// Linear memory of this isolate's WebAssembly instance, shared by its objects.
pub(crate) struct LinearMemory;

/// Size of a WebAssembly memory page, bytes.
#[cfg(target_arch = "wasm32")]
const PAGE_BYTES: usize = 64 * 1024;

impl Memory for LinearMemory {
    fn bytes(&self) -> Option<u64> {
        #[cfg(target_arch = "wasm32")]
        let bytes = u64::try_from(core::arch::wasm32::memory_size::<0>().saturating_mul(PAGE_BYTES)).ok();
        #[cfg(not(target_arch = "wasm32"))]
        let bytes = None;
        bytes
    }
}
