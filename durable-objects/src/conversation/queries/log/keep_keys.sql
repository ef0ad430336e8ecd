INSERT OR IGNORE INTO sent (sender_id, client_msg_id, message_id, seq)
SELECT sender_id, client_msg_id, message_id, seq
FROM log
WHERE seq <= ?1 AND client_msg_id IS NOT NULL
