-- ?2: a JSON array of ids of alerts, whose owner's views end with them.
DELETE FROM alert_view_entries
WHERE
    tenant_id = ?1
    AND alert_id IN (
        SELECT v.id
        FROM json_each(?2) AS item
        CROSS JOIN alert_views AS v ON v.tenant_id = ?1 AND v.behind = item.value
    )
