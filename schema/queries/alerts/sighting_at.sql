SELECT number, at, lat, lng, string, accuracy, source
FROM alert_sightings INDEXED BY alert_sightings_by_time
WHERE tenant_id = ?1 AND alert_id = ?2 AND at <= ?3
ORDER BY at DESC, number DESC
LIMIT 1
