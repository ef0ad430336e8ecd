-- One row per user who is online from any source and does not hide it. Reads rows of online users only.
SELECT u.id AS user_id, u.name, u.avatar, max(p.last_seen_at) AS last_seen_at
FROM presence AS p INDEXED BY presence_online
CROSS JOIN users AS u ON u.tenant_id = p.tenant_id AND u.id = p.user_id
WHERE p.tenant_id = ?1 AND p.online_until > ?2 AND p.user_id > ?3 AND u.presence = 'visible'
GROUP BY p.user_id
ORDER BY p.user_id
LIMIT CAST(?4 AS INTEGER)
