-- The newest ?1 stay.
DELETE FROM link_jobs
WHERE message_id IN (SELECT kept.message_id FROM link_jobs AS kept ORDER BY kept.message_id DESC LIMIT -1 OFFSET ?1)
