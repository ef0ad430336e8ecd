INSERT INTO log (seq, event, message_id, ordinal, sender_id, client_msg_id, changed_row, audit)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
