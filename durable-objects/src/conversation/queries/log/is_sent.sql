SELECT 1 AS sent FROM log WHERE message_id = ?1 AND ordinal IS NOT NULL LIMIT 1
