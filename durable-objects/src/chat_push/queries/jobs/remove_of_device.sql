DELETE FROM jobs
WHERE endpoint = ?1
