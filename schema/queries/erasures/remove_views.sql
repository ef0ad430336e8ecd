-- ?2: as in remove_view_entries.sql.
DELETE FROM alert_views
WHERE (tenant_id, id) IN (
    SELECT v.tenant_id, v.id
    FROM json_each(?2) AS item
    CROSS JOIN alert_views AS v ON v.tenant_id = ?1 AND v.behind = item.value
)
