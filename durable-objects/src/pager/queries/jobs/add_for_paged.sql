-- Queues the message for every device that was paged. A page that is still pending for a device stays.
INSERT INTO jobs (alert_id, endpoint, page, tries, next_at, is_slow, owner)
SELECT p.alert_id, p.endpoint, ?2, 0, ?3, d.is_slow, ?4
FROM paged AS p
INNER JOIN devices AS d ON d.endpoint = p.endpoint
WHERE p.alert_id = ?1
ON CONFLICT (alert_id, endpoint) DO NOTHING
