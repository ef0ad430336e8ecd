//! The text of server-sent events.
//!
//! The id of an event is `{epoch}:{seq}`: what a reader hands back as `Last-Event-ID` says of which log it is a position, so
//! that a position of a log that was begun anew is answered by a reset.

use std::fmt::Write;

/// A comment, so that neither the reader nor a proxy takes silence for a lost connection.
pub(crate) const KEEP_ALIVE: &str = ": still here\n\n";

/// One event. `name` is left out for events of the conversation, `position` (epoch and seq) for those that have none.
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
    fn what_has_no_position_leaves_the_readers_last_id_as_it_is() {
        assert_eq!(event(None, None, "{}"), "data: {}\n\n");
    }
}
