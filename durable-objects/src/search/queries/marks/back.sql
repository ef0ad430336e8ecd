SELECT number FROM marks
WHERE number < ?1
ORDER BY number DESC
LIMIT 1 OFFSET ?2
