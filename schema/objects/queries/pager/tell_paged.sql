-- To every device that may know of the alert. One that is still to be paged of it is.
INSERT INTO jobs (alert_id, endpoint, page, tries, next_at)
SELECT p.alert_id, p.endpoint, ?2, 0, ?3
FROM paged AS p
WHERE p.alert_id = ?1
ON CONFLICT (alert_id, endpoint) DO NOTHING
