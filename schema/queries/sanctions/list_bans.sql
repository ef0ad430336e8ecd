SELECT s.user_id, u.name, s.until, s.reason, s.imposed_by, s.imposed_at
FROM sanctions AS s
CROSS JOIN users AS u ON u.tenant_id = s.tenant_id AND u.id = s.user_id
WHERE
    s.tenant_id = ?1 AND s.conversation_id = ?2 AND s.kind = 'ban' AND s.user_id > ?3
    AND (s.until IS NULL OR s.until > ?4)
ORDER BY s.user_id
LIMIT CAST(?5 AS INTEGER)
