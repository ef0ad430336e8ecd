-- Retention of closed alerts in days of each app (same formula as the trigger on timelines), and when the oldest of
-- them was closed.
SELECT
    p.tenant_id,
    max(30, CASE
        WHEN json_type(p.settings, '$.alerts.alert_days') = 'integer' AND p.settings ->> '$.alerts.alert_days' > 0
            THEN p.settings ->> '$.alerts.alert_days'
        ELSE 1825
    END) AS days,
    (
        SELECT a.closed_at FROM alerts AS a INDEXED BY alerts_by_end
        WHERE a.tenant_id = p.tenant_id AND a.closed_at IS NOT NULL
        ORDER BY a.closed_at
        LIMIT 1
    ) AS oldest_at
FROM apps AS p
WHERE p.tenant_id > ?1
ORDER BY p.tenant_id
LIMIT CAST(?2 AS INTEGER)
