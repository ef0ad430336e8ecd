-- Forgets the membership but keeps the read marker, which is still to be flushed.
UPDATE members SET joined_at = -1 WHERE user_id = ?1
