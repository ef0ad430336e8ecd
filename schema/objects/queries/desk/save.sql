INSERT INTO alerts (id, user_id, drill, created_at, due_at, closed_at, seq, is_told, alert)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
ON CONFLICT (id) DO UPDATE SET
    due_at = excluded.due_at,
    closed_at = excluded.closed_at,
    seq = excluded.seq,
    is_told = excluded.is_told,
    alert = excluded.alert
