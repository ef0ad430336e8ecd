INSERT INTO members (user_id, role, joined_at, last_read_seq, muted_until) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (user_id) DO UPDATE SET
    role = excluded.role,
    joined_at = excluded.joined_at,
    last_read_seq = max(last_read_seq, excluded.last_read_seq),
    muted_until = excluded.muted_until
