SELECT endpoint
FROM devices
WHERE expires_at <= ?1
LIMIT ?2
