-- Location retention in days of each app, and when its oldest closed alert with a trail was closed.
SELECT
    p.tenant_id,
    CASE
        WHEN json_type(p.settings, '$.alerts.location_days') = 'integer' AND p.settings ->> '$.alerts.location_days' > 0
            THEN p.settings ->> '$.alerts.location_days'
        ELSE 30
    END AS days,
    (
        SELECT a.closed_at FROM alerts AS a INDEXED BY alerts_with_trail
        WHERE a.tenant_id = p.tenant_id AND a.has_trail = 1 AND a.closed_at IS NOT NULL
        ORDER BY a.closed_at
        LIMIT 1
    ) AS oldest_at
FROM apps AS p
WHERE p.tenant_id > ?1
ORDER BY p.tenant_id
LIMIT CAST(?2 AS INTEGER)
