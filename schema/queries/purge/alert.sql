-- Only once its entries, sightings, deliveries and views are deleted.
DELETE FROM alerts
WHERE
    tenant_id = ?1
    AND id = ?2
    AND closed_at < ?3
    AND NOT EXISTS (SELECT 1 FROM alert_entries AS e WHERE e.tenant_id = ?1 AND e.alert_id = ?2)
    AND NOT EXISTS (SELECT 1 FROM alert_sightings AS s WHERE s.tenant_id = ?1 AND s.alert_id = ?2)
    AND NOT EXISTS (SELECT 1 FROM alert_deliveries AS d WHERE d.tenant_id = ?1 AND d.alert_id = ?2)
    AND NOT EXISTS (SELECT 1 FROM alert_views AS v WHERE v.tenant_id = ?1 AND v.behind = ?2)
RETURNING 1 AS purged
