//! Users' PINs, and the count of attempts to change them with a wrong PIN.

use super::{Outcome, Rows, read_json};
use crate::alert_desk::queries::pins;
use crate::sql::{int, json, text};
use campana_core::alerts::pin::KeptPins;
use campana_core::shared::ids::UserId;
use campana_core::shared::timestamp::Timestamp;

impl Rows {
    pub(in crate::alert_desk) fn pins(&self, user: &UserId) -> Outcome<KeptPins> {
        let Some(row) = self.sql.first(pins::GET, vec![text(user.as_str())])? else { return Ok(KeptPins::default()) };
        Ok(KeptPins { pins: read_json(&row, 0)?, is_decoy: row.int(1) == Some(1) })
    }

    /// Recent attempts to change the user's PINs with a wrong PIN, and when the last was.
    pub(in crate::alert_desk) fn wrong_pins(&self, user: &UserId) -> Outcome<(u32, Option<Timestamp>)> {
        let row = self.sql.first(pins::WRONG, vec![text(user.as_str())])?.unwrap_or_default();
        Ok((row.number(0).unwrap_or(0), row.time(1)))
    }

    /// Counts a wrong PIN. Starts again at 1 if the last one was before `since`.
    pub(in crate::alert_desk) fn note_wrong_pin(&self, user: &UserId, now: Timestamp, since: Timestamp) -> Outcome<()> {
        let params = vec![text(user.as_str()), int(now.millis()), int(since.millis())];
        self.sql.run(pins::NOTE_WRONG, params)
    }

    pub(in crate::alert_desk) fn set_pins(&self, user: &UserId, kept: &KeptPins) -> Outcome<()> {
        if *kept == KeptPins::default() {
            return self.sql.run(pins::FORGET, vec![text(user.as_str())]);
        }
        self.sql.run(pins::KEEP, vec![text(user.as_str()), json(&kept.pins), int(kept.is_decoy.into())])
    }

    /// The PINs that were set with the duress PIN count as what they say from now on.
    pub(in crate::alert_desk) fn trust_pins(&self, user: &UserId) -> Outcome<()> {
        self.sql.run(pins::TRUST, vec![text(user.as_str())])
    }
}
