INSERT OR REPLACE INTO jobs (endpoint, p256dh, auth, topic, message, until, tries, next_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, ?7)
