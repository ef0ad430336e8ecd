-- Only those whose entries are deleted.
DELETE FROM alert_views
WHERE tenant_id = ?1 AND id IN (
    SELECT page.id FROM (
        SELECT v.id
        FROM alert_views AS v INDEXED BY alert_views_by_alert
        WHERE
            v.tenant_id = ?1
            AND v.behind = ?2
            AND NOT EXISTS (SELECT 1 FROM alert_view_entries AS e WHERE e.tenant_id = ?1 AND e.alert_id = v.id)
        ORDER BY v.id
        LIMIT CAST(?3 AS INTEGER)
    ) AS page
)
RETURNING 1 AS purged
