//! Read markers of members: forward as they read, and back when they mark messages as unread.

use super::Object;
use super::commands::By;
use campana_core::shared::problem::Problem;
use std::rc::Rc;

impl Object {
    /// Moves the read marker and returns its position. The caller starts the flush to the record.
    pub(super) async fn mark_read(self: &Rc<Self>, by: By<'_>, seq: Option<i64>) -> Result<i64, Problem> {
        let membership = self.membership(&by.principal.user_id).await?;
        let actor = by.actor(membership.as_ref());
        let moved = self.with(|loaded| loaded.rules.mark_read(actor, seq, self.context.now()))?;
        let Some(seq) = moved else {
            return Ok(membership.map_or(0, |membership| membership.last_read_seq));
        };
        self.members.mark_read(&by.principal.user_id, seq, self.context.now())?;
        self.receipt(by.person(), seq);
        Ok(seq)
    }

    /// Moves the read marker back and returns its position. The caller starts the flush to the record.
    pub(super) async fn mark_unread(&self, by: By<'_>, seq: i64) -> Result<i64, Problem> {
        let mut membership = self.membership(&by.principal.user_id).await?;
        if let Some(membership) = &mut membership {
            // The flush moves the marker to what the user has sent.
            let flushed = self.with(|loaded| Ok(loaded.flushed))?;
            let sent = self.log.newest_of_sender(&membership.user_id, flushed)?;
            let of_sender = |seq| self.members.marker_of_sender(&membership.user_id, seq, self.context.now());
            let sent = sent.map(of_sender).transpose()?.flatten();
            membership.last_read_seq = membership.last_read_seq.max(sent.map_or(0, |marker| marker.seq));
        }
        let actor = by.actor(membership.as_ref());
        let (moved, head) =
            self.with(|loaded| Ok((loaded.rules.mark_unread(actor, seq, self.context.now())?, loaded.rules.head())))?;
        let membership = membership.ok_or_else(Problem::not_found)?;
        let Some(seq) = moved else { return Ok(membership.last_read_seq) };
        self.arm_for_flush();
        self.members.mark_unread(&membership, seq, head, self.context.now())?;
        Ok(seq)
    }
}
