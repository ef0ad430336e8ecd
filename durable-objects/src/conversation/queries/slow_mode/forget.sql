DELETE FROM slow_mode_sends
WHERE user_id IN (SELECT s.user_id FROM slow_mode_sends AS s WHERE s.sent_at < ?1 ORDER BY s.sent_at LIMIT CAST(?2 AS INTEGER))
