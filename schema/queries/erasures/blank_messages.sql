-- Messages at the positions ?3, a JSON array, of a conversation that is deleted. ?4 is the time.
UPDATE messages SET
    sender_name = sender_id,
    client_msg_id = NULL,
    body = CASE WHEN type = 'system' THEN body END,
    metadata = CASE WHEN type = 'system' THEN metadata END,
    mentions = NULL,
    attachments = NULL,
    reactions = NULL,
    pinned_at = NULL,
    pinned_by = NULL,
    deleted_at = CASE WHEN type = 'system' THEN deleted_at ELSE coalesce(deleted_at, ?4) END,
    updated_at = ?4
WHERE tenant_id = ?1 AND conversation_id = ?2 AND seq IN (SELECT item.value FROM json_each(?3) AS item)
