DELETE FROM waiting
WHERE hook = ?1 AND number = ?2
