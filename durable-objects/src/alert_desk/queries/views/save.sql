INSERT INTO views (id, user_id, drill, due_at, closed_at, seq, view)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT (id) DO UPDATE SET
    due_at = excluded.due_at,
    closed_at = excluded.closed_at,
    seq = excluded.seq,
    view = excluded.view
