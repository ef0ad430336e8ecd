SELECT number, happening
FROM happenings
ORDER BY number
LIMIT ?1
