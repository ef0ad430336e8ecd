INSERT INTO annotations (message_id, message_seq, seq, annotations) VALUES (?1, ?2, 0, ?3)
ON CONFLICT (message_id) DO NOTHING
