-- A marker of somebody whose membership is forgotten, and that the record has now.
DELETE FROM members WHERE user_id = ?1 AND joined_at < 0 AND read_pending = 0
