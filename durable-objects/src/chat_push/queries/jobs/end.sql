DELETE FROM jobs
WHERE number = ?1
