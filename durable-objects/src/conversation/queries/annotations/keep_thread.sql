UPDATE annotations SET seq = ?2, annotations = ?3 WHERE message_id = ?1
