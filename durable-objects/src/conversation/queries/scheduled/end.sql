UPDATE scheduled SET pending = NULL, ended = ?2, due_at = ?3 WHERE id = ?1
