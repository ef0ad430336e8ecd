mod sources;

use super::*;
use serde_json::json;
use std::sync::{Arc, Mutex};
use tracing::subscriber::with_default;

/// The lines written while `work` runs at `level`.
fn written(level: LogLevel, work: impl FnOnce()) -> Vec<(Severity, String)> {
    let lines: Arc<Mutex<Vec<(Severity, String)>>> = Arc::default();
    let sink = Arc::clone(&lines);
    let write =
        move |severity, line: &str| sink.lock().expect("the lock is not poisoned").push((severity, line.to_owned()));
    with_default(JsonLines::new(level, write), work);
    lines.lock().expect("the lock is not poisoned").clone()
}

fn one_line(work: impl FnOnce()) -> String {
    let mut lines = written(LogLevel::Info, work);
    let (_, line) = lines.pop().expect("one line is written");
    assert_eq!(lines, [], "one event makes one line");
    line
}

#[test]
fn an_event_is_a_line_with_its_fields_in_order() {
    let none: Option<&str> = None;
    let line = one_line(|| {
        tracing::info!(
            at = "http",
            request_id = "r1",
            status = 201_u16,
            ms = 3_u64,
            more = true,
            app = none,
            seq = -4_i64
        );
    });
    assert_eq!(line, r#"{"level":"info","at":"http","request_id":"r1","status":201,"ms":3,"more":true,"seq":-4}"#);
}

#[test]
fn a_line_is_one_json_object_for_any_text() {
    let every_control: String = (0..=0x1f_u8).chain([0x7f]).map(char::from).collect();
    for text in [
        "a \"quote\"",
        "two\nlines\r\n",
        "back\\slash",
        "\u{1b}[31m",
        "é 😀 \u{2028} \u{2029} \u{85} \u{202e} \u{200f} \u{feff} \u{ffff} \u{fffd}",
        "</script><!--,\"level\":\"error\"",
        &"long \"name\" ".repeat(10_000),
        "{}",
        "",
        &every_control,
    ] {
        for line in [
            one_line(|| tracing::warn!(at = "test", detail = text)),
            one_line(|| tracing::warn!(at = "test", detail = %text)),
            one_line(|| tracing::warn!(at = "test", detail = String::from(text))),
        ] {
            let read: Value = serde_json::from_str(&line).expect("a line is valid JSON");
            assert_eq!(read, json!({"level": "warning", "at": "test", "detail": text}));
            assert!(!line.contains(['\n', '\r']), "{line}");
        }
    }
}

#[test]
fn numbers_that_json_cannot_represent_are_null() {
    for (number, written) in [(f64::NAN, "null"), (f64::INFINITY, "null"), (1.5, "1.5")] {
        assert_eq!(one_line(|| tracing::error!(ms = number)), format!(r#"{{"level":"error","ms":{written}}}"#));
    }
}

#[test]
fn each_level_has_its_published_name() {
    let lines = written(LogLevel::Info, || {
        tracing::info!(at = "a");
        tracing::warn!(at = "b");
        tracing::error!(at = "c");
    });
    let expected =
        [(Severity::Info, "info", "a"), (Severity::Warning, "warning", "b"), (Severity::Error, "error", "c")]
            .map(|(severity, level, at)| (severity, format!(r#"{{"level":"{level}","at":"{at}"}}"#)));
    assert_eq!(lines, expected);
}

#[test]
fn the_warning_setting_writes_warnings_errors_and_summaries() {
    let work = || {
        tracing::info!(at = "request");
        tracing::info!(target: SUMMARY, at = "summary");
        tracing::warn!(at = "warning");
        tracing::error!(at = "error");
        tracing::debug!(at = "debug");
    };
    let lines_at = |level| written(level, work).into_iter().map(|(_, line)| line).collect::<String>();
    let quiet = r#"{"level":"info","at":"summary"}{"level":"warning","at":"warning"}{"level":"error","at":"error"}"#;
    assert_eq!(lines_at(LogLevel::Warning), quiet);
    assert_eq!(lines_at(LogLevel::Info), format!(r#"{{"level":"info","at":"request"}}{quiet}"#));
    assert_eq!(
        ["warning", "info", "", "WARNING"].map(LogLevel::parse),
        [LogLevel::Warning, LogLevel::Info, LogLevel::Info, LogLevel::Info]
    );
}

#[test]
fn field_values_of_a_disabled_event_are_not_computed() {
    let computed = Mutex::new(0);
    let compute = || {
        *computed.lock().expect("the lock is not poisoned") += 1;
        "x"
    };
    let lines = written(LogLevel::Warning, || {
        tracing::info!(at = compute());
        tracing::debug!(at = compute());
        tracing::warn!(at = compute());
    });
    assert_eq!((lines.len(), *computed.lock().expect("the lock is not poisoned")), (1, 1));
}

#[test]
fn a_field_outside_the_allowlist_is_not_written() {
    let line = one_line(|| {
        tracing::error!(at = "test", token = "secret-1", body = %"secret-2", lat = 40.4, password = ?"secret-3", "secret-4");
    });
    assert_eq!(line, r#"{"level":"error","at":"test"}"#);
}

#[test]
fn events_of_libraries_and_spans_are_not_written() {
    let lines = written(LogLevel::Info, || {
        tracing::error!(target: "some_library", at = "x");
        let span = tracing::error_span!("work", at = "x");
        let _entered = span.enter();
    });
    assert_eq!(lines, []);
}
