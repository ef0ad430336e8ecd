INSERT INTO link_jobs (message_id, tries, next_at)
VALUES (?1, 0, ?2)
ON CONFLICT (message_id) DO UPDATE SET tries = 0, next_at = excluded.next_at
