SELECT f.id, f.sha256 = '' AS is_unfinished
FROM files AS f
WHERE f.tenant_id = ?1 AND f.uploader_id = ?2 AND f.created_at <= ?3
ORDER BY f.created_at
LIMIT CAST(?4 AS INTEGER)
