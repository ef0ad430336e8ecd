SELECT annotations FROM annotations WHERE message_id = ?1
