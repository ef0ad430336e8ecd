DELETE FROM watchers
WHERE until <= ?1
