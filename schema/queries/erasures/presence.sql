DELETE FROM presence
WHERE (tenant_id, user_id, source) IN (
    SELECT x.tenant_id, x.user_id, x.source
    FROM presence AS x
    WHERE x.tenant_id = ?1 AND x.user_id = ?2 AND x.last_seen_at <= ?3
    LIMIT CAST(?4 AS INTEGER)
)
RETURNING 1 AS erased
