INSERT INTO members (conversation_id, user_id, tenant_id, role, joined_at, last_read_seq)
SELECT c.id, ?3, c.tenant_id, ?4, ?5, ?6
FROM conversations AS c
WHERE
    c.tenant_id = ?1 AND c.id = ?2 AND c.deleted_at IS NULL
    AND NOT EXISTS (
        SELECT 1 FROM sanctions AS ban
        WHERE
            ban.conversation_id = c.id AND ban.kind = 'ban' AND ban.user_id = ?3
            AND (ban.until IS NULL OR ban.until > ?5)
    )
ON CONFLICT (conversation_id, user_id) DO NOTHING
RETURNING user_id
