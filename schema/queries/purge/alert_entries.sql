DELETE FROM alert_entries
WHERE tenant_id = ?1 AND alert_id = ?2 AND number IN (
    SELECT page.number FROM (
        SELECT number FROM alert_entries
        WHERE tenant_id = ?1 AND alert_id = ?2
        ORDER BY number
        LIMIT CAST(?3 AS INTEGER)
    ) AS page
)
RETURNING 1 AS purged
