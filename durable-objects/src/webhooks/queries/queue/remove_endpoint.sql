DELETE FROM endpoints
WHERE url = ?1
