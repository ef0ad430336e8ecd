-- Keeps a read marker that the record does not have yet.
DELETE FROM members WHERE user_id = ?1 AND read_pending = 0
