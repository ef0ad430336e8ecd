SELECT number, endpoint, p256dh, auth, topic, message, until, tries
FROM jobs
WHERE next_at <= ?1
ORDER BY next_at
LIMIT CAST(?2 AS INTEGER)
