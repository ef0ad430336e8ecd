-- Those that can end connections of these users, or anybody's.
SELECT r.kind, r.subject, r.before, r.version, r.effective_at
FROM json_each(?1) AS p INNER JOIN revocations AS r ON r.kind = 'user' AND r.subject = p.value ->> 0
WHERE r.is_listed = 1 AND p.value ->> 1 > 0
UNION ALL
SELECT r.kind, r.subject, r.before, r.version, r.effective_at
FROM revocations AS r WHERE r.kind IN ('app', 'key') AND r.is_listed = 1
