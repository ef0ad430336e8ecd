SELECT message_id FROM log WHERE seq = ?1
