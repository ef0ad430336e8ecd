INSERT INTO results (endpoint, last_success_at)
VALUES (?1, ?2)
ON CONFLICT (endpoint) DO UPDATE SET last_success_at = excluded.last_success_at
