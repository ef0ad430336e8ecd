-- Before members/add, in one batch: only if members/add will insert a member.
INSERT INTO admin_audits
(id, tenant_id, actor_id, action, target_type, target_id, reason, metadata, created_at)
SELECT ?1, c.tenant_id, ?3, ?4, ?5, ?6, ?7, ?8, ?9
FROM conversations AS c
WHERE
    c.tenant_id = ?2
    AND c.id = ?10
    AND c.deleted_at IS NULL
    AND NOT EXISTS (SELECT 1 FROM members AS m WHERE m.conversation_id = ?10 AND m.user_id = ?6)
    AND NOT EXISTS (
        SELECT 1 FROM sanctions AS ban
        WHERE
            ban.conversation_id = ?10 AND ban.kind = 'ban' AND ban.user_id = ?6
            AND (ban.until IS NULL OR ban.until > ?9)
    )
