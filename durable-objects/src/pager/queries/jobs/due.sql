-- Of alerts that one user raised (?4).
SELECT j.alert_id, j.endpoint, j.page, j.tries, d.user_id, d.p256dh, d.auth
FROM jobs AS j
INNER JOIN devices AS d ON d.endpoint = j.endpoint
WHERE j.is_slow = ?1 AND j.owner = ?4 AND j.next_at <= ?2
ORDER BY j.next_at
LIMIT ?3
