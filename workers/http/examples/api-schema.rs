//! Writes the JSON Schema of the native protocol to standard output; `scripts/generate` calls it.

use std::io::{Result, Write, stdout};

fn main() -> Result<()> {
    writeln!(stdout(), "{:#}", campana_http::schema::native())
}
