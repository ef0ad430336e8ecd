INSERT INTO events (number, event)
VALUES (?1, ?2)
ON CONFLICT (number) DO UPDATE SET event = excluded.event
