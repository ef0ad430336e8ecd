-- Adds nothing if the person has used the key in this conversation, or if more than ?9 messages of theirs are pending.
INSERT INTO scheduled_messages (
    id, tenant_id, conversation_id, user_id, client_msg_id, send_at, draft, author, created_at, check_at
)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?10, ?6
WHERE (
    SELECT 1 FROM scheduled_messages AS s
    WHERE s.tenant_id = ?2 AND s.user_id = ?4 AND s.status = 'pending'
    LIMIT 1 OFFSET CAST(?9 AS INTEGER)
) IS NULL
ON CONFLICT (conversation_id, user_id, client_msg_id) DO NOTHING
RETURNING id
