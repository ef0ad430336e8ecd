DELETE FROM hooks
WHERE id = ?1
