-- The next user after ?3 who raised an alert with due jobs, for a device without a request in flight (not in the JSON array ?4).
SELECT MIN(owner)
FROM jobs
WHERE is_slow = ?1 AND owner > ?3 AND next_at <= ?2 AND endpoint NOT IN (SELECT f.value FROM JSON_EACH(?4) AS f)
