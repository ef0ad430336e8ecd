DELETE FROM link_jobs
WHERE message_id = ?1
