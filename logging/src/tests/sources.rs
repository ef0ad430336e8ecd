//! Checks of the log events in the sources of all crates, since no native test runs those of the objects.

use crate::FIELDS;
use std::fs;
use std::path::{Path, PathBuf};

const CALLS: [&str; 3] = ["tracing::info!(", "tracing::warn!(", "tracing::error!("];
/// Words that no field name may contain, since they stand for private data.
const PRIVATE: [&str; 16] = [
    "auth", "body", "content", "cookie", "header", "key", "lat", "lng", "location", "message", "name", "pin", "query",
    "secret", "text", "token",
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in
        fs::read_dir(folder).expect("the folder is readable").map(|entry| entry.expect("the entry is readable").path())
    {
        if entry.is_dir() {
            sources(&entry, found);
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            found.push(entry);
        }
    }
}

/// The arguments of a call, parsed from the text after the opening parenthesis.
fn arguments(text: &str) -> Vec<String> {
    let (mut depth, mut in_text, mut is_escaped) = (0, false, false);
    let mut all = vec![String::new()];
    for character in text.chars() {
        if in_text {
            in_text = character != '"' || is_escaped;
            is_escaped = character == '\\' && !is_escaped;
        } else {
            match character {
                '"' => in_text = true,
                '(' | '[' | '{' => depth += 1,
                ')' | ']' | '}' if depth == 0 => break,
                ')' | ']' | '}' => depth -= 1,
                ',' if depth == 0 => {
                    all.push(String::new());
                    continue;
                }
                _ => {}
            }
        }
        all.last_mut().expect("the list is never empty").push(character);
    }
    all.iter().map(|argument| argument.trim().to_owned()).filter(|argument| !argument.is_empty()).collect()
}

#[test]
fn every_event_has_a_place_and_fields_that_may_be_written() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate is in the workspace");
    let mut files = Vec::new();
    for folder in ["core", "storage", "storage-d1", "durable-objects", "workers"] {
        sources(&root.join(folder), &mut files);
    }
    let (mut events, mut used) = (0, Vec::new());
    for file in files {
        let text = fs::read_to_string(&file).expect("the file is readable UTF-8");
        let is_console = file.ends_with("durable-objects/src/log.rs");
        assert!(is_console || !text.contains("console_"), "{}: log with `tracing`", file.display());
        for import in
            ["use tracing::info", "use tracing::warn", "use tracing::error", "use tracing::{", "use tracing::*"]
        {
            assert!(
                !text.contains(import),
                "{}: write `tracing::` before the macro, so that this test finds the call",
                file.display()
            );
        }
        for call in CALLS {
            for (_, rest) in text.match_indices(call).map(|(at, call)| text.split_at(at + call.len())) {
                let (shown, arguments) = (file.display(), arguments(rest));
                let mut fields = arguments.iter().filter(|argument| !argument.starts_with("target: ")).map(|field| {
                    let (name, value) = field.split_once('=').unwrap_or((field, ""));
                    assert!(name.trim().chars().all(|c| c == '_' || c.is_ascii_lowercase()), "{shown}: {field}");
                    assert!(
                        !value.trim().starts_with('?'),
                        "{shown}: {field} uses `Debug`, whose output is not stable"
                    );
                    name.trim().to_owned()
                });
                assert_eq!(fields.next().as_deref(), Some("at"), "{shown}: the first field is `at`");
                used.extend(fields);
                events += 1;
            }
        }
    }
    assert!(events > 20, "only {events} events were found");
    for name in &used {
        assert!(FIELDS.contains(&name.as_str()), "{name} is missing in FIELDS");
    }
    for name in FIELDS.iter().filter(|name| **name != "at") {
        assert!(used.iter().any(|used| used == name), "{name} is used by no event");
        assert!(!PRIVATE.iter().any(|part| name.split('_').any(|word| word == *part)), "{name} may be private");
    }
}
