-- Alerts of user ?1 that were raised up to ?2 and have ended, that the record has (up to position ?3) and of which everybody was told.
SELECT id
FROM alerts
WHERE user_id = ?1 AND closed_at IS NOT NULL AND created_at <= ?2 AND seq <= ?3 AND untold_seq IS NULL
LIMIT CAST(?4 AS INTEGER)
