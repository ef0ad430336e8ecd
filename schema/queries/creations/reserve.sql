-- Counts ?5 more in the minute ?4, unless that makes more than ?7 since the minute ?6.
INSERT INTO creations (tenant_id, user_id, kind, minute, count)
SELECT ?1, ?2, ?3, ?4, ?5
WHERE (
    SELECT coalesce(sum(c.count), 0) FROM creations AS c
    WHERE c.tenant_id = ?1 AND c.user_id = ?2 AND c.kind = ?3 AND c.minute > ?6
) + ?5 <= ?7
ON CONFLICT (tenant_id, user_id, kind, minute) DO UPDATE SET count = count + excluded.count
RETURNING minute
