SELECT number, happening
FROM happenings
ORDER BY number
LIMIT CAST(?1 AS INTEGER)
