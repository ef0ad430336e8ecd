//! What owners see since they gave the duress PIN, and which alerts are theirs to see.

use super::{Held, Outcome, Rows, read_json};
use crate::alert_desk::queries::{alerts, views};
use crate::sql::{Param, Row, int, json, text};
use campana_core::alerts::record::{AlertChanges, OwnView};
use campana_core::alerts::{Alert, AlertId, Entry};
use campana_core::shared::ids::UserId;
use campana_core::shared::timestamp::Timestamp;

/// Changed views read at once. A flush reads fewer positions.
const MAX_CHANGED: i64 = 500;

/// An alert as its owner sees it.
pub(in crate::alert_desk) enum Own {
    /// The guards' alert.
    Same(Held),
    /// A view of their own.
    View(OwnView),
}

impl Own {
    pub(in crate::alert_desk) fn alert(&self) -> &Alert {
        match self {
            Self::Same(held) => &held.alert,
            Self::View(view) => &view.alert,
        }
    }

    pub(in crate::alert_desk) fn into_alert(self) -> Alert {
        match self {
            Self::Same(held) => held.alert,
            Self::View(view) => view.alert,
        }
    }
}

impl Rows {
    /// The alert with this id, as its owner sees it. `None` if there is none for them here.
    pub(in crate::alert_desk) fn own(&self, user: &UserId, id: &AlertId) -> Outcome<Option<Own>> {
        if let Some(view) = self.view(id)? {
            return Ok(Some(view).filter(|view| view.alert.is_of(user)).map(Own::View));
        }
        Ok(self.alert(id)?.filter(|held| held.alert.is_of(user) && !held.alert.is_apart).map(Own::Same))
    }

    /// The open alert, or the open drill, that the user sees.
    pub(in crate::alert_desk) fn own_open(&self, user: &UserId, drill: bool) -> Outcome<Option<Own>> {
        if let Some(view) = self.view_by(views::OPEN_OF_PERSON, owned(user, drill))? {
            return Ok(Some(Own::View(view)));
        }
        Ok(self.open_of(user, drill)?.filter(|held| !held.alert.is_apart).map(Own::Same))
    }

    /// The alert, or the drill, whose end the user saw last.
    pub(in crate::alert_desk) fn own_last_closed(&self, user: &UserId, drill: bool) -> Outcome<Option<Own>> {
        let view = self.view_by(views::LAST_CLOSED_OF_PERSON, owned(user, drill))?;
        let held = self.held(alerts::LAST_CLOSED_OF_PERSON, owned(user, drill))?;
        Ok(match (view, held) {
            (Some(view), Some(held)) if view.alert.closed_at < held.alert.closed_at => Some(Own::Same(held)),
            (Some(view), _) => Some(Own::View(view)),
            (None, held) => held.map(Own::Same),
        })
    }

    pub(in crate::alert_desk) fn view(&self, id: &AlertId) -> Outcome<Option<OwnView>> {
        self.view_by(views::GET, vec![text(id.as_str())])
    }

    /// The open view of what an alert's owner sees instead of it.
    pub(in crate::alert_desk) fn open_view_of(&self, alert: &Alert) -> Outcome<Option<OwnView>> {
        if !alert.is_apart {
            return Ok(None);
        }
        let open = self.view_by(views::OPEN_OF_PERSON, owned(&alert.user.id, alert.drill))?;
        Ok(open.filter(|view| view.behind == alert.id))
    }

    fn view_by(&self, statement: &'static str, params: Vec<Param<'_>>) -> Outcome<Option<OwnView>> {
        let row = self.sql.first(statement, params)?;
        row.map(|row| read_json(&row, 0)).transpose()
    }

    /// Views with a due step, the longest overdue first.
    pub(in crate::alert_desk) fn due_views(&self, now: Timestamp, limit: i64) -> Outcome<Vec<OwnView>> {
        let rows = self.sql.rows(views::DUE, vec![int(now.millis()), int(limit)])?;
        rows.iter().map(|row| read_json(row, 0)).collect()
    }

    pub(in crate::alert_desk) fn save_view(&self, view: &OwnView) -> Outcome<()> {
        let seq = self.next_seq()?;
        let alert = &view.alert;
        let at = |at: Option<Timestamp>| at.map_or(Param::Null, |at| int(at.millis()));
        let params = vec![
            text(alert.id.as_str()),
            text(alert.user.id.as_str()),
            int(alert.drill.into()),
            at(alert.due_at()),
            at(alert.closed_at),
            int(seq),
            json(view),
        ];
        self.sql.run(views::SAVE, params)
    }

    pub(in crate::alert_desk) fn add_view_entry(&self, id: &AlertId, entry: &Entry) -> Outcome<()> {
        let seq = self.next_seq()?;
        self.sql.run(views::ADD_ENTRY, vec![text(id.as_str()), int(entry.number.into()), int(seq), json(entry)])
    }

    /// Number of the newest duress entry in an alert's timeline.
    pub(in crate::alert_desk) fn last_duress(&self, id: &AlertId) -> Outcome<Option<u32>> {
        self.sql.find(alerts::LAST_DURESS, [text(id.as_str())], |row| row.number(0))
    }

    /// The user's views that changed between two positions, in order, at most `limit`.
    pub(in crate::alert_desk) fn changed_views_of(
        &self,
        user: &UserId,
        (after, up_to): (i64, i64),
        limit: i64,
    ) -> Outcome<Vec<(i64, OwnView)>> {
        let params = vec![text(user.as_str()), int(after), int(up_to), int(limit)];
        self.positioned_views(views::CHANGED_OF_PERSON, params)
    }

    fn positioned_views(&self, statement: &'static str, params: Vec<Param<'_>>) -> Outcome<Vec<(i64, OwnView)>> {
        let rows = self.sql.rows(statement, params)?;
        rows.iter().map(|row| Ok((row.int(0).unwrap_or(0), read_json(row, 1)?))).collect()
    }

    /// Adds changed views and their new entries.
    pub(super) fn add_views(&self, changes: &mut AlertChanges, after: i64, up_to: i64) -> Outcome<()> {
        let between = || vec![int(after), int(up_to)];
        let about = |row: &Row| AlertId::trusted(row.text(0).unwrap_or_default());
        let entries = self.sql.rows(views::ENTRIES_BETWEEN, between())?;
        changes.views = self.positioned_views(views::BETWEEN, vec![int(after), int(up_to), int(MAX_CHANGED)])?;
        changes.view_entries =
            entries.iter().map(|row| Ok((about(row), read_json(row, 1)?))).collect::<Outcome<_>>()?;
        Ok(())
    }

    /// Deletes views that closed before `before`, which D1 has. Returns how many.
    pub(super) fn forget_closed_views(&self, before: Timestamp, now: Timestamp, limit: i64) -> Outcome<usize> {
        let rows = self.sql.rows(views::CLOSED_BEFORE, vec![int(before.millis()), int(self.flushed()?), int(limit)])?;
        for row in &rows {
            let (Some(id), Some(user)) = (row.text(0), row.text(1)) else { continue };
            self.forget_view(id, user, now)?;
        }
        Ok(rows.len())
    }

    /// Deletes closed views of a user. Returns how many.
    pub(super) fn release_views(&self, user: &UserId, flushed: i64, now: Timestamp, limit: i64) -> Outcome<usize> {
        let params = vec![text(user.as_str()), int(flushed), int(limit)];
        let closed: Vec<String> = self.sql.list(views::CLOSED_OF_PERSON, params, |row| row.string(0))?;
        for id in &closed {
            self.forget_view(id, user.as_str(), now)?;
        }
        Ok(closed.len())
    }

    fn forget_view(&self, id: &str, user: &str, now: Timestamp) -> Outcome<()> {
        self.sql.run(alerts::KEEP_KNOWN, vec![text(id), text(user), int(now.millis())])?;
        self.sql.run(views::REMOVE_ENTRIES, vec![text(id)])?;
        self.sql.run(views::REMOVE, vec![text(id)])
    }
}

fn owned(user: &UserId, drill: bool) -> Vec<Param<'_>> {
    vec![text(user.as_str()), int(drill.into())]
}
