//! Cache of the conversation's memberships.
//!
//! The object is the only writer of its conversation's memberships, so an entry stays valid. Only members are stored,
//! never non-members; a user is read from the record when they first act. While a membership changes in the record, no
//! read is stored: a read that began before the change must not restore the old state after it.

use super::queries::members;
use crate::sql::{Param, Row, Sql, int, text};
use campana_core::chat::command::Membership;
use campana_core::chat::flush::ReadMarker;
use campana_core::chat::policy::Role;
use campana_core::shared::ids::UserId;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;

/// Maximum number of members in memory; others are read from the object's SQLite.
const MAX_IN_MEMORY: usize = 10_000;

/// Memberships, in memory and in the object's SQLite.
pub(crate) struct Members {
    sql: Sql,
    known: RefCell<HashMap<UserId, Membership>>,
    version: Cell<u64>,
    changing: Cell<u32>,
}

impl Members {
    pub(crate) fn new(sql: Sql) -> Self {
        Self { sql, known: RefCell::default(), version: Cell::new(0), changing: Cell::new(0) }
    }

    /// A cached membership.
    pub(crate) fn find(&self, user: &UserId) -> Result<Option<Membership>, Problem> {
        if let Some(membership) = self.known.borrow().get(user) {
            return Ok(Some(membership.clone()));
        }
        let membership = self.sql.find(members::FIND, [text(user.as_str())], membership)?;
        if let Some(membership) = &membership {
            self.remember(membership.clone());
        }
        Ok(membership)
    }

    /// Version of the memberships: a read that began at another version is stale.
    pub(crate) fn version(&self) -> u64 {
        self.version.get()
    }

    /// Stores a membership read from the record, unless one has changed since `version` or is changing now.
    pub(crate) fn keep_read(&self, membership: &Membership, version: u64) -> Result<bool, Problem> {
        if self.version.get() != version || self.changing.get() > 0 {
            return Ok(false);
        }
        self.keep(membership)?;
        Ok(true)
    }

    /// Begins a change in the record: deletes the membership, so that after a crash the record is asked.
    pub(crate) fn begin_change(&self, user: &UserId) -> Result<(), Problem> {
        self.changing.set(self.changing.get().saturating_add(1));
        self.version.set(self.version.get().wrapping_add(1));
        self.forget(user)
    }

    /// Ends a change; `now_is` is the user's membership in the record.
    pub(crate) fn end_change(&self, user: &UserId, now_is: Option<&Membership>) -> Result<(), Problem> {
        self.changing.set(self.changing.get().saturating_sub(1));
        self.version.set(self.version.get().wrapping_add(1));
        if let Some(membership) = now_is {
            return self.keep(membership);
        }
        self.forget(user)
    }

    /// Deletes a membership; keeps an unflushed read marker.
    fn forget(&self, user: &UserId) -> Result<(), Problem> {
        self.known.borrow_mut().remove(user);
        self.sql.run(members::SET_ASIDE, vec![text(user.as_str())])?;
        self.sql.run(members::FORGET, vec![text(user.as_str())])
    }

    /// Moves a read marker in SQLite; the flush writes it to the record later.
    pub(crate) fn mark_read(&self, user: &UserId, seq: i64, now: Timestamp) -> Result<(), Problem> {
        self.sql.run(members::MARK_READ, vec![text(user.as_str()), int(seq), int(now.millis())])?;
        if let Some(membership) = self.known.borrow_mut().get_mut(user) {
            membership.last_read_seq = membership.last_read_seq.max(seq);
        }
        Ok(())
    }

    /// Moves a read marker back in SQLite. Messages up to `head` that the user sent do not move it forward any more.
    pub(crate) fn mark_unread(
        &self,
        membership: &Membership,
        seq: i64,
        head: i64,
        now: Timestamp,
    ) -> Result<(), Problem> {
        let (user, rev) = (&membership.user_id, membership.read_rev.saturating_add(1));
        let params = vec![text(user.as_str()), int(seq), int(rev), int(head), int(now.millis())];
        self.sql.run(members::MARK_UNREAD, params)?;
        if let Some(membership) = self.known.borrow_mut().get_mut(user) {
            membership.last_read_seq = seq;
            membership.read_rev = rev;
        }
        Ok(())
    }

    /// The marker of the sender of a message at `seq`, sent at `at`, who has read up to it; `None` if they have marked
    /// messages as unread after sending it.
    pub(crate) fn marker_of_sender(
        &self,
        user: &UserId,
        seq: i64,
        at: Timestamp,
    ) -> Result<Option<ReadMarker>, Problem> {
        let marker = |rev| ReadMarker { user_id: user.clone(), seq, rev, at };
        if self.known.borrow().get(user).is_some_and(|membership| membership.read_rev == 0) {
            return Ok(Some(marker(0)));
        }
        let found = self.sql.find(members::UNREAD_HEAD, [text(user.as_str())], |row| row.int(0).zip(row.int(1)))?;
        let (rev, unread_head) = found.unwrap_or_default();
        Ok((seq > unread_head).then(|| marker(rev)))
    }

    /// Whether a user's read marker is unflushed.
    pub(crate) fn is_read_pending(&self, user: &UserId) -> Result<bool, Problem> {
        Ok(self.sql.first(members::IS_READ_PENDING, vec![text(user.as_str())])?.is_some())
    }

    /// Unflushed read markers. One that moved in an earlier release, which stored no time, moved at `now`.
    pub(crate) fn pending_reads(&self, limit: i64, now: Timestamp) -> Result<Vec<ReadMarker>, Problem> {
        let read = |row: &Row| {
            let (user_id, at) = (UserId::trusted(row.text(0)?), row.time(3).unwrap_or(now));
            Some(ReadMarker { user_id, seq: row.int(1)?, rev: row.int(2)?, at })
        };
        self.sql.list(members::PENDING_READS, [int(limit)], read)
    }

    /// Marks read markers as flushed.
    pub(crate) fn reads_flushed(&self, reads: &[ReadMarker]) -> Result<(), Problem> {
        for ReadMarker { user_id, seq, rev, .. } in reads {
            self.sql.run(members::READ_FLUSHED, vec![text(user_id.as_str()), int(*seq), int(*rev)])?;
            self.sql.run(members::FORGET_FLUSHED, vec![text(user_id.as_str())])?;
            if let Some(membership) = self.known.borrow_mut().get_mut(user_id)
                && membership.read_rev == *rev
            {
                membership.last_read_seq = membership.last_read_seq.max(*seq);
            }
        }
        Ok(())
    }

    fn keep(&self, membership: &Membership) -> Result<(), Problem> {
        let params = vec![
            text(membership.user_id.as_str()),
            text(membership.role.as_str()),
            int(membership.joined_at.millis()),
            int(membership.last_read_seq),
            membership.muted_until.map_or(Param::Null, |until| int(until.millis())),
            int(membership.read_rev),
        ];
        self.sql.run(members::KEEP, params)?;
        self.remember(membership.clone());
        Ok(())
    }

    fn remember(&self, membership: Membership) {
        let mut known = self.known.borrow_mut();
        if known.len() >= MAX_IN_MEMORY {
            known.clear();
        }
        known.insert(membership.user_id.clone(), membership);
    }
}

fn membership(row: &Row) -> Option<Membership> {
    Some(Membership {
        user_id: UserId::trusted(row.text(0)?),
        role: Role::parse(row.text(1)?)?,
        joined_at: row.time(2)?,
        last_read_seq: row.int(3)?,
        muted_until: row.time(4),
        read_rev: row.int(5)?,
    })
}
