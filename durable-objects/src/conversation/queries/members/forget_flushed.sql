-- Deletes a forgotten membership once the record has its read marker.
DELETE FROM members WHERE user_id = ?1 AND joined_at < 0 AND read_pending = 0
