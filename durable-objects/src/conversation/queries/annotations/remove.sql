DELETE FROM annotations WHERE message_id = ?1
