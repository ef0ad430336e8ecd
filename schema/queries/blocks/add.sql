-- Adds nothing if the person has blocked more than ?5 others.
INSERT INTO blocks (tenant_id, user_id, blocked_id, created_at)
SELECT ?1, ?2, ?3, ?4
WHERE (
    SELECT 1 FROM blocks AS b WHERE b.tenant_id = ?1 AND b.user_id = ?2 LIMIT 1 OFFSET CAST(?5 AS INTEGER)
) IS NULL
ON CONFLICT (tenant_id, user_id, blocked_id) DO NOTHING
RETURNING blocked_id
