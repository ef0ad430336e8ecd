SELECT 1 FROM removed_messages WHERE id = ?1
