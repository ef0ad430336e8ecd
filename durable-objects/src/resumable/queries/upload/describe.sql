UPDATE upload SET content_type = ?2, width = ?3, height = ?4 WHERE id = ?1
