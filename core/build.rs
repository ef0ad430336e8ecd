//! Generates the table of emoji: every fully qualified sequence, sorted without its variation selectors. The library with
//! their names and groups is needed only here, so none of that is part of the WebAssembly.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

const VARIATION_SELECTOR: char = '\u{fe0f}';

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    let all = emojis::iter().flat_map(|emoji| match emoji.skin_tones() {
        Some(tones) => tones.map(emojis::Emoji::as_str).collect::<Vec<_>>(),
        None => vec![emoji.as_str()],
    });
    let sorted: BTreeMap<String, &str> = all.map(|emoji| (emoji.replace(VARIATION_SELECTOR, ""), emoji)).collect();
    let mut table = String::from("&[");
    for emoji in sorted.values() {
        write!(table, "{emoji:?},")?;
    }
    table.push(']');
    let out = env::var_os("OUT_DIR").ok_or("cargo does not name the folder")?;
    fs::write(Path::new(&out).join("emoji.rs"), table)?;
    Ok(())
}
