SELECT last
FROM sources
WHERE source = ?1
