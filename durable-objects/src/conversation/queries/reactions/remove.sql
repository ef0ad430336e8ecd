DELETE FROM reactions WHERE message_id = ?1
