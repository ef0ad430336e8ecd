//! Reading a body of which everything may be wrong: what can be used is taken, the rest is named.

use super::text_or_number;
use crate::shared::timestamp::Timestamp;
use serde_json::{Map, Value};

/// Names that are kept at most, and characters of each: they come from outside.
const MAX_NAMED: usize = 20;
const MAX_NAME_CHARS: usize = 64;

/// The fields of an object that are still to be read.
pub(super) struct Fields {
    /// Where the object is: empty, or a name with a dot after it.
    path: String,
    left: Map<String, Value>,
    left_out: Vec<String>,
}

impl Fields {
    /// Of the whole body.
    pub(super) fn of(body: Map<String, Value>) -> Self {
        Self { path: String::new(), left: body, left_out: Vec::new() }
    }

    /// What could not be used, and what nobody asked for.
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

    /// A text.
    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        self.take(name, text)
    }

    /// An id of the application's. One that is neither a text nor a whole number is no id: empty.
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

    /// A number, which may come as a text: decimals of databases do.
    pub(super) fn number(&mut self, name: &str) -> Option<f64> {
        self.take(name, |value| match value {
            Value::String(text) => text.trim().parse().ok(),
            value => value.as_f64(),
        })
    }

    /// A time.
    pub(super) fn time(&mut self, name: &str) -> Option<Timestamp> {
        self.take(name, |value| Timestamp::parse_rfc3339(value.as_str()?))
    }

    /// True or false; false if it cannot be read: an alert is in earnest unless it says that it is not.
    pub(super) fn flag(&mut self, name: &str) -> bool {
        self.take(name, |value| value.as_bool()).unwrap_or(false)
    }

    /// An object within.
    pub(super) fn part<T>(&mut self, name: &str, read: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.part_or(name, read, |_| None)
    }

    /// An object within, or a text in its place.
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
