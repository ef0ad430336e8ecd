DELETE FROM pages
WHERE until <= ?1
