SELECT alert_id, sighting
FROM sightings
WHERE seq > ?1 AND seq <= ?2
ORDER BY seq
