DELETE FROM pins WHERE message_id = ?1
