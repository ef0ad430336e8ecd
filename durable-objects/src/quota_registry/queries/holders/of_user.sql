SELECT l.source, l.kind
FROM persons AS p INNER JOIN leases AS l ON l.source = p.source
WHERE p.user_id = ?4 AND p.source >= ?1 AND l.until > ?3
ORDER BY p.source LIMIT CAST(?2 AS INTEGER)
