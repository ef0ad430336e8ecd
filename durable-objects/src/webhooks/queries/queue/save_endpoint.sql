INSERT INTO endpoints (url, events, told, batch)
VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (url) DO UPDATE SET events = excluded.events, told = excluded.told, batch = excluded.batch
