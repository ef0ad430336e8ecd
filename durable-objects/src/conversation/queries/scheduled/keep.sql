INSERT INTO scheduled (id, user_id, send_at, due_at, pending) VALUES (?1, ?2, ?3, ?3, ?4) ON CONFLICT (id) DO NOTHING
