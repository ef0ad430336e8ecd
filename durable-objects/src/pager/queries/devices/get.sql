SELECT endpoint, user_id, group_name, created_at, expires_at
FROM devices
WHERE endpoint = ?1
