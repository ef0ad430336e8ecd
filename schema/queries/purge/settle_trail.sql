-- After purge/alert_sightings: an alert without sightings has no trail.
UPDATE alerts SET has_trail = 0
WHERE
    tenant_id = ?1
    AND id = ?2
    AND NOT EXISTS (SELECT 1 FROM alert_sightings AS s WHERE s.tenant_id = ?1 AND s.alert_id = ?2)
