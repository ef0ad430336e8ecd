//! Lenient reader of a JSON object: takes the valid fields and names the invalid ones.

use super::text_or_number;
use crate::shared::timestamp::Timestamp;
use serde_json::{Map, Value};

/// Limits for the list of names, which come from the client: number of names, and characters of each.
const MAX_NAMED: usize = 20;
const MAX_NAME_CHARS: usize = 64;

/// Fields of an object that are not read yet.
pub(super) struct Fields {
    /// Path of the object: empty, or its name and a dot.
    path: String,
    left: Map<String, Value>,
    left_out: Vec<String>,
}

impl Fields {
    /// Reads the whole body.
    pub(super) fn of(body: Map<String, Value>) -> Self {
        Self { path: String::new(), left: body, left_out: Vec::new() }
    }

    /// Names of invalid fields, then of unread ones.
    pub(super) fn left_out(mut self) -> Vec<String> {
        for name in std::mem::take(&mut self.left).into_iter().map(|(name, _)| name) {
            self.leave_out(&name);
        }
        self.left_out
    }

    fn leave_out(&mut self, name: &str) {
        if self.left_out.len() < MAX_NAMED {
            self.left_out.push(format!("{}{name}", self.path).chars().take(MAX_NAME_CHARS).collect());
        }
    }

    fn take<T>(&mut self, name: &str, read: impl FnOnce(Value) -> Option<T>) -> Option<T> {
        let value = self.left.remove(name).filter(|value| !value.is_null())?;
        let read = read(value);
        if read.is_none() {
            self.leave_out(name);
        }
        read
    }

    /// A string.
    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        self.take(name, text)
    }

    /// An id of the application: a string or a whole number. An invalid one becomes empty at the top level, and is
    /// ignored and named within a part.
    pub(super) fn id(&mut self, name: &str) -> Option<String> {
        let value = self.left.get(name).cloned().unwrap_or_default();
        match text_or_number(value) {
            Ok(id) => {
                self.left.remove(name);
                id
            }
            Err(_) if self.path.is_empty() => Some(String::new()),
            Err(_) => self.take(name, |_| None),
        }
    }

    /// A number, or a string with one: databases write decimals as strings.
    pub(super) fn number(&mut self, name: &str) -> Option<f64> {
        self.take(name, |value| match value {
            Value::String(text) => text.trim().parse().ok(),
            value => value.as_f64(),
        })
    }

    /// A time in RFC 3339.
    pub(super) fn time(&mut self, name: &str) -> Option<Timestamp> {
        self.take(name, |value| Timestamp::parse_rfc3339(value.as_str()?))
    }

    /// A boolean; false if it is invalid: an alert is real unless it says that it is a drill.
    pub(super) fn flag(&mut self, name: &str) -> bool {
        self.take(name, |value| value.as_bool()).unwrap_or(false)
    }

    /// A nested object.
    pub(super) fn part<T>(&mut self, name: &str, read: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.part_or(name, read, |_| None)
    }

    /// A nested object, or a string instead of it.
    pub(super) fn part_or_text<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&mut Self) -> T,
        of_text: impl FnOnce(String) -> T,
    ) -> Option<T> {
        self.part_or(name, read, |value| text(value).map(of_text))
    }

    fn part_or<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&mut Self) -> T,
        otherwise: impl FnOnce(Value) -> Option<T>,
    ) -> Option<T> {
        let left = match self.left.get_mut(name) {
            Some(Value::Object(left)) => std::mem::take(left),
            _ => return self.take(name, otherwise),
        };
        self.left.remove(name);
        let path = format!("{name}.");
        let mut part = Self { path, left, left_out: std::mem::take(&mut self.left_out) };
        let read = read(&mut part);
        self.left_out = part.left_out();
        Some(read)
    }
}

fn text(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        _ => None,
    }
}
