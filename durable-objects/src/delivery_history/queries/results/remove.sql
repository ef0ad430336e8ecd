DELETE FROM results
WHERE endpoint = ?1
