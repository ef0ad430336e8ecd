UPDATE scheduled SET due_at = ?2 WHERE id = ?1 AND ended IS NULL
