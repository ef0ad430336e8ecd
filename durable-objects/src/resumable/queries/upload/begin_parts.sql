UPDATE upload SET parts_id = ?2 WHERE id = ?1
