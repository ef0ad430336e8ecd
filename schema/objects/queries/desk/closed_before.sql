-- Alerts that ended before then and of which the record has everything up to this position.
SELECT id, user_id
FROM alerts
WHERE closed_at < ?1 AND seq <= ?2
ORDER BY closed_at
LIMIT ?3
