SELECT alert, seq, sighted_at, sightings
FROM alerts
WHERE id = ?1
