SELECT id FROM conversations
WHERE tenant_id = ?1 AND oldest_message_at < ?2
ORDER BY oldest_message_at
LIMIT 1
