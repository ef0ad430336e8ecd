SELECT alert, sighted_at, sightings
FROM alerts
WHERE user_id = ?1 AND drill = ?2 AND closed_at IS NULL
