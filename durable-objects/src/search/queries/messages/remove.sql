DELETE FROM messages WHERE number = ?1
