INSERT INTO paged (alert_id, endpoint, paged_at)
VALUES (?1, ?2, ?3)
ON CONFLICT (alert_id, endpoint) DO UPDATE SET paged_at = excluded.paged_at
