-- ?3 and ?4: how the conversation was found; ?5: when the oldest event that is left will be due. What came in meanwhile
-- is due at ?6 at the latest; and whoever made the log due in the meantime is not overruled.
UPDATE conversations SET
    log_due_at = CASE WHEN last_seq > ?4 THEN min(coalesce(?5, ?6), ?6) ELSE ?5 END
WHERE tenant_id = ?1 AND id = ?2 AND log_due_at = ?3
