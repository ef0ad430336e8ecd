SELECT alert, sighted_at, sightings
FROM alerts
WHERE id = ?1
