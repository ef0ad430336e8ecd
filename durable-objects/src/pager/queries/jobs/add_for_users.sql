-- Queues the page for the devices of these users, except the one who raised the alert (?5).
INSERT INTO jobs (alert_id, endpoint, page, tries, next_at, is_slow, owner)
SELECT ?1, d.endpoint, ?2, 0, ?3, d.is_slow, ?5
FROM devices AS d
WHERE d.user_id IN (SELECT p.value FROM json_each(?4) AS p) AND d.user_id <> ?5 AND d.expires_at > ?3
ON CONFLICT (alert_id, endpoint) DO UPDATE SET page = excluded.page, tries = 0, next_at = excluded.next_at, is_slow = excluded.is_slow
