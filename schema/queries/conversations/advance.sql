-- How far the log has come. Only forward, so that an older batch written again changes nothing.
UPDATE conversations SET
    last_seq = max(last_seq, ?3),
    message_count = max(message_count, ?4),
    last_message_at = coalesce(max(last_message_at, ?5), last_message_at, ?5)
WHERE tenant_id = ?1 AND id = ?2
RETURNING id
