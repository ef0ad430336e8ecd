//! Log on the platform: `campana-logging` writes to the console.

use campana_logging::{JsonLines, LogLevel, Severity};
use wasm_bindgen::{JsCast, JsValue};
use worker::Env;

/// Starts logging to the console at the level of the variable `LOG_LEVEL`. Only the first call per isolate has an
/// effect, so every entry point (a function, or an object's constructor) makes it.
pub fn start_log(env: &Env) {
    if tracing::dispatcher::has_been_set() {
        return;
    }
    let level = env.var("LOG_LEVEL").map_or(LogLevel::Info, |level| LogLevel::parse(&level.to_string()));
    JsonLines::new(level, write).install();
}

/// The message of an error that the platform threw, for the log.
#[must_use]
pub fn error_message(error: &JsValue) -> String {
    let message = error.dyn_ref::<js_sys::Error>().map(|error| String::from(error.message()));
    message.or_else(|| error.as_string()).unwrap_or_else(|| "not an error".to_owned())
}

fn write(severity: Severity, line: &str) {
    match severity {
        Severity::Info => worker::console_log!("{line}"),
        Severity::Warning => worker::console_warn!("{line}"),
        Severity::Error => worker::console_error!("{line}"),
    }
}
