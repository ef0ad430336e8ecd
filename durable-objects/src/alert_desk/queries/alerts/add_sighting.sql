INSERT INTO sightings (alert_id, number, seq, sighting)
VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (alert_id, number) DO UPDATE SET seq = excluded.seq, sighting = excluded.sighting
