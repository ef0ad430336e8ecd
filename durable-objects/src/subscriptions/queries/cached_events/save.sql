INSERT INTO cached (channel, frame, data, until) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (channel) DO UPDATE SET frame = excluded.frame, data = excluded.data, until = excluded.until
