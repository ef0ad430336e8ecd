SELECT seq, event, ordinal, changed_row, uncounted FROM log WHERE sender_id = ?1 AND client_msg_id = ?2
