SELECT number, updated_seq FROM messages WHERE id = ?1
