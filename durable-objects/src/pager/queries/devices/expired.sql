SELECT endpoint
FROM devices
WHERE expires_at <= ?1
LIMIT CAST(?2 AS INTEGER)
