//! Bounds the memory of the WebAssembly, below the 128 MB of an isolate. A picture that would need more, in spite of the
//! estimate, then ends its own request and not the isolate.

/// A multiple of a WebAssembly page, 64 KiB.
const MAX_MEMORY_BYTES: u32 = 96 << 20;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch == "wasm32") {
        println!("cargo::rustc-link-arg-cdylib=--max-memory={MAX_MEMORY_BYTES}");
    }
}
