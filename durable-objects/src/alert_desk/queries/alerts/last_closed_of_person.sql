-- Of those that their owner sees as they are.
SELECT alert, sighted_at, sightings
FROM alerts
WHERE user_id = ?1 AND drill = ?2 AND closed_at IS NOT NULL AND NOT COALESCE(alert ->> '$.is_apart', 0)
ORDER BY closed_at DESC
LIMIT 1
