DELETE FROM happenings
WHERE number <= ?1
