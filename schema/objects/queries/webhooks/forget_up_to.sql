DELETE FROM ready
WHERE number <= ?1
