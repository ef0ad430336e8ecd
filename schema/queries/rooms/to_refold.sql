SELECT r.id, r.name
FROM rooms AS r
WHERE r.fold_version < ?1
ORDER BY r.fold_version, r.id
LIMIT CAST(?2 AS INTEGER)
