-- Of the views in front of an alert.
DELETE FROM alert_view_entries
WHERE tenant_id = ?1 AND (alert_id, number) IN (
    SELECT page.alert_id, page.number FROM (
        SELECT e.alert_id, e.number
        FROM alert_views AS v INDEXED BY alert_views_by_alert
        INNER JOIN alert_view_entries AS e ON e.tenant_id = v.tenant_id AND e.alert_id = v.id
        WHERE v.tenant_id = ?1 AND v.behind = ?2
        ORDER BY v.id
        LIMIT CAST(?3 AS INTEGER)
    ) AS page
)
RETURNING 1 AS purged
