UPDATE link_jobs
SET tries = tries + 1, next_at = ?2
WHERE message_id = ?1
