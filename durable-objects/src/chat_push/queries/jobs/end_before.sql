DELETE FROM jobs
WHERE until <= ?1
