-- Keys of sends of user ?1 that have left the log, of messages before ?2.
DELETE FROM sent
WHERE sender_id = ?1 AND message_id < ?2
