-- Any user of the tenant can be banned, member or not.
INSERT INTO sanctions (conversation_id, kind, user_id, tenant_id, until, reason, imposed_by, imposed_at)
SELECT c.id, 'ban', ?3, c.tenant_id, ?4, ?5, ?6, ?7
FROM conversations AS c
WHERE c.tenant_id = ?1 AND c.id = ?2 AND c.deleted_at IS NULL
ON CONFLICT (conversation_id, kind, user_id) DO UPDATE SET
    until = excluded.until,
    reason = excluded.reason,
    imposed_by = excluded.imposed_by,
    imposed_at = excluded.imposed_at
RETURNING user_id
