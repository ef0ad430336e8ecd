DELETE FROM scheduled WHERE id = ?1 AND ended IS NOT NULL
