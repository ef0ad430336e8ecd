WHERE
    s.tenant_id = ?1
    AND s.user_id = ?2
    AND s.conversation_id = ?7
    AND s.status = ?3
    AND (s.send_at, s.id) > (?4, ?5)
ORDER BY s.send_at, s.id
LIMIT CAST(?6 AS INTEGER)
