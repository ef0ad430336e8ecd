SELECT s.id
FROM scheduled_messages AS s
WHERE
    s.tenant_id = ?1 AND s.user_id = ?2 AND s.conversation_id = ?3 AND s.status = 'pending' AND s.created_at <= ?4
LIMIT CAST(?5 AS INTEGER)
