DELETE FROM errands
WHERE number <= ?1
