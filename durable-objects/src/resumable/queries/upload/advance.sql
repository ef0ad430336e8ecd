UPDATE upload SET stored = ?2, tail = ?3 WHERE id = ?1
