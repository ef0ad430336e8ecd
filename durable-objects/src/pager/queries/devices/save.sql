INSERT INTO devices (endpoint, user_id, group_name, p256dh, auth, created_at, expires_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT (endpoint) DO UPDATE SET
    user_id = excluded.user_id,
    group_name = excluded.group_name,
    p256dh = excluded.p256dh,
    auth = excluded.auth,
    created_at = excluded.created_at,
    expires_at = excluded.expires_at
