-- ?8 equals ?7 if this change is to be announced. Otherwise it is NULL, which leaves an earlier change pending.
INSERT INTO alerts (id, user_id, drill, created_at, due_at, closed_at, seq, untold_seq, alert)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
ON CONFLICT (id) DO UPDATE SET
    due_at = excluded.due_at,
    closed_at = excluded.closed_at,
    seq = excluded.seq,
    untold_seq = COALESCE(excluded.untold_seq, untold_seq),
    alert = excluded.alert
