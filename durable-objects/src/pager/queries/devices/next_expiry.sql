SELECT MIN(expires_at)
FROM devices
