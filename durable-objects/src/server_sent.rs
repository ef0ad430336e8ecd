//! Encoding of server-sent events.
//!
//! An event's id is `{epoch}:{seq}`. A reader returns it as `Last-Event-ID`; the epoch shows whether the position
//! belongs to the current log, and a position of another log is answered with a reset.

use std::fmt::Write;

/// Keep-alive comment, so that neither the reader nor a proxy treats silence as a lost connection.
pub(crate) const KEEP_ALIVE: &str = ": still here\n\n";

/// One event. `name` is absent for events of the conversation, `position` (epoch and seq) for events without one.
pub(crate) fn event(name: Option<&str>, position: Option<(&str, i64)>, data: &str) -> String {
    let mut text = String::with_capacity(data.len().saturating_add(64));
    // Writing to a string cannot fail.
    if let Some((epoch, seq)) = position {
        let _written = writeln!(text, "id: {epoch}:{seq}");
    }
    if let Some(name) = name {
        let _written = writeln!(text, "event: {name}");
    }
    let _written = write!(text, "data: {data}\n\n");
    text
}

#[cfg(test)]
mod tests {
    use super::event;

    #[test]
    fn an_id_names_the_log_and_the_position_in_it() {
        assert_eq!(event(None, Some(("e1", 7)), "{}"), "id: e1:7\ndata: {}\n\n");
        assert_eq!(event(Some("welcome"), Some(("e1", 0)), "{}"), "id: e1:0\nevent: welcome\ndata: {}\n\n");
    }

    #[test]
    fn an_event_without_a_position_leaves_the_readers_last_id_unchanged() {
        assert_eq!(event(None, None, "{}"), "data: {}\n\n");
    }
}
