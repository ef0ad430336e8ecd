SELECT number FROM conversations WHERE id = ?1
