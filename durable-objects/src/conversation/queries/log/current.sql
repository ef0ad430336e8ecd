SELECT seq, event, ordinal, changed_row, uncounted FROM log WHERE message_id = ?1 ORDER BY seq DESC LIMIT 1
