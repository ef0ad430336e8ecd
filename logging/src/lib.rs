//! Log subscriber. Code logs with the macros of `tracing` (`info!`, `warn!`, `error!`); [`JsonLines`] writes each event
//! as one line of JSON to the given sink.
//!
//! A line begins with `level` (`info`, `warning` or `error`), followed by the event's fields in the order of the call.
//! `at` names the place in the code, `request_id` the request; `detail` describes the event in words. A field without a
//! value is omitted. A line contains no token, message body or location: only fields named in [`FIELDS`] are written.
//!
//! Spans are not recorded: the request itself carries its id, and spans would add a cost to each frame of a socket. An
//! event of a level that is never written (`debug!`, `trace!`) costs one atomic load; one that the present setting
//! disables costs two.

#![cfg_attr(
    test,
    expect(
        clippy::arithmetic_side_effects,
        clippy::disallowed_macros,
        reason = "tests count, and use macros that the code may not use"
    )
)]

use serde_json::{Number, Value};
use std::fmt::{Debug, Write};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::{Interest, set_global_default};
use tracing::{Event, Level, Metadata, Subscriber};

/// Target of summaries of background work, which are written at every setting.
pub const SUMMARY: &str = "campana::summary";

/// Names of fields that may be written. Before a name is added, check that its values are never private.
pub const FIELDS: &[&str] = &[
    "app",
    "at",
    "attempts",
    "conversation_id",
    "cron",
    "desks_without_answer",
    "detail",
    "event",
    "events",
    "failures",
    "fields",
    "file",
    "given_up",
    "host",
    "job",
    "lost",
    "method",
    "more",
    "ms",
    "objects_without_answer",
    "path",
    "problem",
    "purged",
    "reason",
    "refused",
    "request_id",
    "schedule",
    "scheduled_at",
    "seq",
    "status",
    "steps",
    "verdict",
    "webhook",
];

/// Severity of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// Normal operation.
    Info,
    /// A failure with a retry or a fallback.
    Warning,
    /// A failure without a fallback.
    Error,
}

impl Severity {
    /// The value of `level`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    /// `None` for levels that are never written.
    fn of(level: Level) -> Option<Self> {
        match level {
            Level::ERROR => Some(Self::Error),
            Level::WARN => Some(Self::Warning),
            Level::INFO => Some(Self::Info),
            _ => None,
        }
    }
}

/// Which events are written: the setting `LOG_LEVEL`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogLevel {
    /// All events; every request has one.
    Info,
    /// Only warnings, errors and summaries ([`SUMMARY`]).
    Warning,
}

impl LogLevel {
    /// Reads the setting; anything but `warning` is `info`.
    pub fn parse(text: &str) -> Self {
        if text == "warning" { Self::Warning } else { Self::Info }
    }
}

/// Writes events of this project's crates as lines of JSON.
#[derive(Debug)]
pub struct JsonLines<W> {
    level: LogLevel,
    write: W,
}

impl<W: Fn(Severity, &str) + Send + Sync + 'static> JsonLines<W> {
    /// `write` gets each line, without a line break.
    pub fn new(level: LogLevel, write: W) -> Self {
        Self { level, write }
    }

    /// Installs this as the process's subscriber. Does nothing if one is installed already.
    pub fn install(self) {
        let _another_is_installed = set_global_default(self);
    }

    fn writes(&self, metadata: &Metadata<'_>) -> bool {
        let is_wanted = match Severity::of(*metadata.level()) {
            None => false,
            Some(Severity::Info) => self.level == LogLevel::Info || metadata.target() == SUMMARY,
            Some(Severity::Warning | Severity::Error) => true,
        };
        // Libraries use the same macros; their events may contain private values.
        is_wanted && metadata.is_event() && metadata.target().starts_with("campana")
    }
}

impl<W: Fn(Severity, &str) + Send + Sync + 'static> Subscriber for JsonLines<W> {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.writes(metadata) { Interest::always() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.writes(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::INFO)
    }

    fn event(&self, event: &Event<'_>) {
        let Some(severity) = Severity::of(*event.metadata().level()) else { return };
        let mut line = Line::begin(severity);
        event.record(&mut line);
        (self.write)(severity, &line.end());
    }

    fn new_span(&self, _span: &Attributes<'_>) -> Id {
        // Spans are disabled; any id will do.
        Id::from_u64(1)
    }

    fn record(&self, _span: &Id, _values: &Record<'_>) {}

    fn record_follows_from(&self, _span: &Id, _follows: &Id) {}

    fn enter(&self, _span: &Id) {}

    fn exit(&self, _span: &Id) {}
}

/// Builder of one line.
struct Line(String);

impl Line {
    fn begin(severity: Severity) -> Self {
        Self(format!("{{\"level\":\"{}\"", severity.as_str()))
    }

    fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }

    fn field(&mut self, field: &Field, value: impl Into<Value>) {
        let name = field.name();
        if FIELDS.contains(&name) {
            let _never_fails = write!(self.0, ",\"{name}\":{}", value.into());
        }
    }
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.field(field, format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.field(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.field(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.field(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.field(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.field(field, Number::from_f64(value));
    }
}

#[cfg(test)]
mod tests;
