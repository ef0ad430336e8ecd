-- ?2: a JSON array of ids of alerts.
DELETE FROM alert_sightings
WHERE (tenant_id, alert_id, number) IN (
    SELECT s.tenant_id, s.alert_id, s.number
    FROM json_each(?2) AS item
    CROSS JOIN alert_sightings AS s ON s.tenant_id = ?1 AND s.alert_id = item.value
    LIMIT CAST(?3 AS INTEGER)
)
RETURNING 1 AS erased
