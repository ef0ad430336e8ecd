-- Deletes a person's devices after the ?3 that were renewed last.
DELETE FROM push_devices
WHERE (tenant_id, user_id, endpoint) IN (
    SELECT d.tenant_id, d.user_id, d.endpoint
    FROM push_devices AS d
    WHERE d.tenant_id = ?1 AND d.user_id = ?2
    ORDER BY d.expires_at DESC
    LIMIT 100 OFFSET CAST(?3 AS INTEGER)
)
