//! The targets, by subject.

pub(crate) mod alerts;
pub(crate) mod channels;
pub(crate) mod cursors;
pub(crate) mod files;
pub(crate) mod links;
pub(crate) mod native;
pub(crate) mod pictures;
pub(crate) mod pusher;
pub(crate) mod search;
pub(crate) mod settings;
pub(crate) mod signatures;
pub(crate) mod tokens;

use serde_json::Value;

/// The input as a text, if it is one.
fn text(data: &[u8]) -> Option<&str> {
    std::str::from_utf8(data).ok()
}

/// The parts of an input between zero bytes; missing ones are empty.
fn parts<const N: usize>(data: &[u8]) -> Option<[&str; N]> {
    let mut parts = data.splitn(N, |byte| *byte == 0);
    let mut texts = [""; N];
    for text in &mut texts {
        *text = std::str::from_utf8(parts.next().unwrap_or_default()).ok()?;
    }
    Some(texts)
}

/// Depth of a value, computed without recursion.
fn levels(value: &Value) -> usize {
    let (mut deepest, mut pending) = (0, vec![(value, 1)]);
    while let Some((value, level)) = pending.pop() {
        deepest = deepest.max(level);
        match value {
            Value::Array(items) => pending.extend(items.iter().map(|item| (item, level + 1))),
            Value::Object(fields) => pending.extend(fields.values().map(|item| (item, level + 1))),
            _ => {}
        }
    }
    deepest
}
