-- To every device that may know of the alert. One that is still to be paged of it is.
INSERT INTO jobs (alert_id, endpoint, page, tries, next_at, is_slow)
SELECT p.alert_id, p.endpoint, ?2, 0, ?3, d.is_slow
FROM paged AS p
INNER JOIN devices AS d ON d.endpoint = p.endpoint
WHERE p.alert_id = ?1
ON CONFLICT (alert_id, endpoint) DO NOTHING
