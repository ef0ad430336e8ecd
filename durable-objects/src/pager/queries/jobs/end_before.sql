DELETE FROM jobs
WHERE page IN (SELECT p.number FROM pages AS p WHERE p.until <= ?1)
