SELECT number, errand
FROM errands
ORDER BY number
LIMIT CAST(?1 AS INTEGER)
