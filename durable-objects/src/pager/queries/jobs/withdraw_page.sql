DELETE FROM jobs
WHERE page = ?1
