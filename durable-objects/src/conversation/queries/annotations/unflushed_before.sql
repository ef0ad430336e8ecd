SELECT message_id, message_seq, seq, annotations
FROM annotations
WHERE seq > ?1 AND message_seq < ?2
ORDER BY message_seq DESC
LIMIT CAST(?3 AS INTEGER)
