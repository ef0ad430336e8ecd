-- Scans of all tenants that are due at ?1, longest due first: until ?2 nobody else takes them.
UPDATE file_scans SET
    tries = tries + 1,
    next_at = ?2
WHERE file_id IN (
    SELECT s.file_id FROM file_scans AS s INDEXED BY file_scans_by_time
    WHERE s.next_at <= ?1
    ORDER BY s.next_at
    LIMIT CAST(?3 AS INTEGER)
)
RETURNING tenant_id, file_id
