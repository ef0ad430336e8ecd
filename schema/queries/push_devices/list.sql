-- A person's devices, the one renewed last first. ?3: the present time.
SELECT endpoint, p256dh, auth, created_at, expires_at
FROM push_devices
WHERE tenant_id = ?1 AND user_id = ?2 AND expires_at > ?3
ORDER BY expires_at DESC
LIMIT CAST(?4 AS INTEGER)
