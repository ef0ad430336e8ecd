//! Writes the OpenAPI document to standard output; `scripts/generate` calls it.

use std::io::{Result, Write, stdout};

fn main() -> Result<()> {
    writeln!(stdout(), "{:#}", campana_http::openapi::document())
}
