-- Reserves the bytes of an upload, unless the person's uploads after ?6 would then be over ?7 bytes.
INSERT INTO files (id, tenant_id, uploader_id, name, type, size, status, created_at, claimed_at, unused_at)
SELECT ?2, ?1, ?3, ?4, '', CAST(?5 AS INTEGER), 'uploading', ?8, ?8, ?8
WHERE (
    SELECT coalesce(sum(f.size), 0) FROM files AS f INDEXED BY files_by_uploader
    WHERE f.tenant_id = ?1 AND f.uploader_id = ?3 AND f.created_at > ?6
) + CAST(?5 AS INTEGER) <= ?7
RETURNING id
