DELETE FROM alert_deliveries
WHERE tenant_id = ?1 AND alert_id = ?2 AND (user_id, via) IN (
    SELECT page.user_id, page.via FROM (
        SELECT user_id, via FROM alert_deliveries
        WHERE tenant_id = ?1 AND alert_id = ?2
        ORDER BY user_id, via
        LIMIT CAST(?3 AS INTEGER)
    ) AS page
)
RETURNING 1 AS purged
