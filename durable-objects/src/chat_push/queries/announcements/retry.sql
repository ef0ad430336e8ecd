UPDATE announcements
SET tries = tries + 1, next_at = ?2
WHERE number = ?1
