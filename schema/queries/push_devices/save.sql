-- Another person's device is taken over only with its secret, which only its browser knows.
INSERT INTO push_devices (tenant_id, endpoint, user_id, p256dh, auth, created_at, expires_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT (tenant_id, endpoint) DO UPDATE SET
    created_at = CASE WHEN user_id = excluded.user_id THEN created_at ELSE excluded.created_at END,
    user_id = excluded.user_id,
    p256dh = excluded.p256dh,
    auth = excluded.auth,
    expires_at = excluded.expires_at
WHERE push_devices.user_id = excluded.user_id OR push_devices.auth = excluded.auth
RETURNING endpoint, p256dh, auth, created_at, expires_at
