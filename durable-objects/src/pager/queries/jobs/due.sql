-- Of alerts that one user raised (?4), for devices without a request in flight (not in the JSON array ?5).
SELECT j.alert_id, j.endpoint, j.page, j.tries, d.user_id, d.p256dh, d.auth
FROM jobs AS j
INNER JOIN devices AS d ON d.endpoint = j.endpoint
WHERE j.is_slow = ?1 AND j.owner = ?4 AND j.next_at <= ?2 AND j.endpoint NOT IN (SELECT f.value FROM JSON_EACH(?5) AS f)
ORDER BY j.next_at
LIMIT CAST(?3 AS INTEGER)
