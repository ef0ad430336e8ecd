-- Does nothing if the user has marked messages as unread since.
UPDATE members SET
    read_pending = CASE WHEN last_read_seq > ?2 THEN read_pending ELSE 0 END,
    last_read_seq = max(last_read_seq, ?2)
WHERE user_id = ?1 AND read_rev = ?3
