SELECT seq FROM log
WHERE seq > ?1 AND sender_id = ?2 AND ordinal IS NOT NULL AND in_channel = 1
ORDER BY seq DESC
LIMIT 1
