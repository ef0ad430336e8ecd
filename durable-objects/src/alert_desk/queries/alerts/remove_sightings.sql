DELETE FROM sightings
WHERE alert_id = ?1
