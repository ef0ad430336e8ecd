SELECT message_id, seq FROM sent WHERE sender_id = ?1 AND client_msg_id = ?2
