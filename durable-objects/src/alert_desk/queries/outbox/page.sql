SELECT number, errand
FROM errands
ORDER BY number
LIMIT ?1
