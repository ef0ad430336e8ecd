-- ?3, ?4: log_due_at and last_seq as read. ?5: when the oldest remaining event is due. Events written since the read
-- are due at ?6 at the latest. Nothing changes if log_due_at changed since the read.
UPDATE conversations SET
    log_due_at = CASE WHEN last_seq > ?4 THEN min(coalesce(?5, ?6), ?6) ELSE ?5 END
WHERE tenant_id = ?1 AND id = ?2 AND log_due_at = ?3
