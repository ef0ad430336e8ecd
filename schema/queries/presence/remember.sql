-- ?2: a JSON array of user ids. last_seen_at is stored in the row of the user's own channel, which stays.
INSERT INTO presence (tenant_id, user_id, source, online_until, last_seen_at)
SELECT u.tenant_id, u.id, ?3, ?5, ?5
FROM json_each(?2) AS item
CROSS JOIN users AS u ON u.tenant_id = ?1 AND u.id = item.value
WHERE true
ON CONFLICT (tenant_id, user_id, source) DO UPDATE SET
    online_until = CASE WHEN ?4 = ?3 THEN excluded.online_until ELSE online_until END,
    last_seen_at = max(last_seen_at, excluded.last_seen_at)
