-- The rows of one's own channel stay: they remember when somebody was last seen.
DELETE FROM presence
WHERE (tenant_id, user_id, source) IN (
    SELECT tenant_id, user_id, source FROM presence
    WHERE source <> 'me' AND online_until <= ?1
    ORDER BY online_until, tenant_id, user_id, source
    LIMIT CAST(?2 AS INTEGER)
)
RETURNING 1 AS purged
