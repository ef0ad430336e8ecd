DELETE FROM cached_channels
WHERE (tenant_id, channel) IN (
    SELECT tenant_id, channel FROM cached_channels
    WHERE kept_until <= ?1
    ORDER BY kept_until
    LIMIT CAST(?2 AS INTEGER)
)
RETURNING 1 AS purged
