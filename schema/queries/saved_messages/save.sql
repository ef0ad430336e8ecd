-- Only a message that the person may read is saved. Saved again, it keeps its time.
INSERT INTO saved_messages (tenant_id, user_id, message_id, saved_at)
SELECT me.tenant_id, me.user_id, m.id, ?4
FROM messages AS m
CROSS JOIN conversations AS c ON c.id = m.conversation_id
CROSS JOIN members AS me ON me.conversation_id = m.conversation_id AND me.user_id = ?2
WHERE m.id = ?3 AND m.deleted_at IS NULL AND c.tenant_id = ?1 AND c.deleted_at IS NULL
ON CONFLICT (tenant_id, user_id, message_id) DO UPDATE SET saved_at = saved_messages.saved_at
RETURNING saved_at
