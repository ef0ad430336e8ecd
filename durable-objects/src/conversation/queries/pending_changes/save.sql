INSERT INTO begun_changes (subject, change) VALUES (?1, ?2)
ON CONFLICT (subject) DO UPDATE SET change = excluded.change
