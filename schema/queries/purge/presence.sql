-- The row of a user's own channel stays, because it stores last_seen_at.
DELETE FROM presence
WHERE (tenant_id, user_id, source) IN (
    SELECT tenant_id, user_id, source FROM presence
    WHERE source <> 'me' AND online_until <= ?1
    ORDER BY online_until, tenant_id, user_id, source
    LIMIT CAST(?2 AS INTEGER)
)
RETURNING 1 AS purged
