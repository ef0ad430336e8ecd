-- Only a member can be muted.
INSERT INTO sanctions (conversation_id, kind, user_id, tenant_id, until, reason, imposed_by, imposed_at)
SELECT m.conversation_id, 'mute', m.user_id, m.tenant_id, ?4, ?5, ?6, ?7
FROM members AS m
WHERE m.tenant_id = ?1 AND m.conversation_id = ?2 AND m.user_id = ?3
ON CONFLICT (conversation_id, kind, user_id) DO UPDATE SET
    until = excluded.until,
    reason = excluded.reason,
    imposed_by = excluded.imposed_by,
    imposed_at = excluded.imposed_at
RETURNING user_id
