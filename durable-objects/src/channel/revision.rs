//! The revision of a user's own channel: the number of its newest event.
//!
//! Each event takes the next number, which is stored before the event is sent, and `welcome` has the newest one. A client
//! that has another number than the next has missed events, and fetches its lists again. A device that does not get an
//! event gets its number in a `rev` frame.
//!
//! While none of the user's devices is here, conversations send no notices, so nothing counts what changes then. The
//! first device that comes therefore takes a number for all of it.
//!
//! Alerts that only guards may see have no number: the user's other devices would learn from it that there was one.

use super::Object;
use campana_core::shared::problem::Problem;
use serde::Serialize;
use serde_json::json;

/// `meta` key of the newest revision.
const REV: &str = "rev";

/// An event with its number.
#[derive(Serialize)]
struct Numbered<'a, E> {
    #[serde(flatten)]
    event: &'a E,
    #[serde(skip_serializing_if = "Option::is_none")]
    rev: Option<i64>,
}

/// JSON of an event with its number.
pub(super) fn numbered(event: &impl Serialize, rev: Option<i64>) -> String {
    // Serialization fails only for maps with keys that are not strings; there are none.
    serde_json::to_string(&Numbered { event, rev }).unwrap_or_default()
}

/// Frame for a device that does not get the event of this number.
pub(super) fn rev_frame(rev: i64) -> String {
    json!({"type": "rev", "rev": rev}).to_string()
}

impl Object {
    /// Number of the newest event; 0 before the first one.
    pub(super) fn revision(&self) -> Result<i64, Problem> {
        if let Some(rev) = self.rev.get() {
            return Ok(rev);
        }
        let rev = self.context.sql.recall_json(REV)?.unwrap_or(0);
        self.rev.set(Some(rev));
        Ok(rev)
    }

    /// Takes the next number for an event. `None` if no device has ever been here: then nobody can miss anything.
    pub(super) fn next_revision(&self) -> Result<Option<i64>, Problem> {
        if self.own.borrow().is_none() {
            return Ok(None);
        }
        let rev = self.revision()?.saturating_add(1);
        self.context.sql.keep_json(REV, &rev)?;
        self.rev.set(Some(rev));
        Ok(Some(rev))
    }

    /// Takes a number for what changed while no device was here, if one comes now.
    pub(super) fn count_absence(&self) -> Result<(), Problem> {
        if self.person_here().is_none() {
            self.next_revision()?;
        }
        Ok(())
    }
}
