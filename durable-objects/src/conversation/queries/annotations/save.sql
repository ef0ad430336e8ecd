INSERT INTO annotations (message_id, message_seq, seq, annotations) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (message_id) DO UPDATE SET seq = excluded.seq, annotations = excluded.annotations
