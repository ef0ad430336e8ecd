UPDATE scheduled SET due_at = ?2 WHERE ended IS NOT NULL AND due_at <= ?1
