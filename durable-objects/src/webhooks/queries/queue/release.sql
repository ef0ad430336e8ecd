DELETE FROM waiting
WHERE number = ?1
