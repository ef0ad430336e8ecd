SELECT s.id, s.send_at, s.author, s.draft
FROM scheduled_messages AS s
WHERE s.conversation_id = ?2 AND s.tenant_id = ?1 AND s.status = 'pending' AND s.send_at <= ?3
ORDER BY s.send_at, s.id
LIMIT CAST(?4 AS INTEGER)
