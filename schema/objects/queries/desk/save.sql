-- ?8 is the position again if everybody is to be told of this change. One that is nobody's news leaves it to the change
-- before to be told.
INSERT INTO alerts (id, user_id, drill, created_at, due_at, closed_at, seq, untold_seq, alert)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
ON CONFLICT (id) DO UPDATE SET
    due_at = excluded.due_at,
    closed_at = excluded.closed_at,
    seq = excluded.seq,
    untold_seq = COALESCE(excluded.untold_seq, untold_seq),
    alert = excluded.alert
