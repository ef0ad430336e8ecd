UPDATE alerts
SET sighted_at = ?2, sightings = ?3
WHERE id = ?1
