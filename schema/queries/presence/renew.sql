-- ?2: a JSON array of user ids. Unknown ids are skipped.
INSERT INTO presence (tenant_id, user_id, source, online_until, last_seen_at)
SELECT u.tenant_id, u.id, ?3, ?4, ?5
FROM json_each(?2) AS item
CROSS JOIN users AS u ON u.tenant_id = ?1 AND u.id = item.value
WHERE true
ON CONFLICT (tenant_id, user_id, source) DO UPDATE SET
    online_until = excluded.online_until,
    last_seen_at = max(last_seen_at, excluded.last_seen_at)
