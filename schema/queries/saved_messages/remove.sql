DELETE FROM saved_messages
WHERE tenant_id = ?1 AND user_id = ?2 AND message_id = ?3
RETURNING (SELECT m.conversation_id FROM messages AS m WHERE m.id = saved_messages.message_id) AS conversation_id
