DELETE FROM reports
WHERE id IN (
    SELECT id FROM reports
    WHERE tenant_id = ?1 AND created_at < ?2
    ORDER BY created_at
    LIMIT CAST(?3 AS INTEGER)
)
RETURNING 1 AS purged
