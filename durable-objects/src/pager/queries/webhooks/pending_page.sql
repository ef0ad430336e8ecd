SELECT hook, number, tries, next_at
FROM waiting
WHERE (hook, number) > (?1, ?2)
ORDER BY hook, number
LIMIT CAST(?3 AS INTEGER)
