SELECT number, at, lat, lng, string, accuracy, source
FROM alert_sightings
WHERE tenant_id = ?1 AND alert_id = ?2 AND number > ?3
ORDER BY number
LIMIT CAST(?4 AS INTEGER)
