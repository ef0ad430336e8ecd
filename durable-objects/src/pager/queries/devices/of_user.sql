-- The least recently renewed first.
SELECT endpoint, user_id, group_name, created_at, expires_at
FROM devices
WHERE user_id = ?1
ORDER BY expires_at
LIMIT CAST(?2 AS INTEGER)
