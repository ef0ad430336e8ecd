INSERT INTO watchers (user_id, until)
VALUES (?1, ?2)
ON CONFLICT (user_id) DO UPDATE SET until = excluded.until
