INSERT INTO members (user_id, role, joined_at, last_read_seq, muted_until, read_rev) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT (user_id) DO UPDATE SET
    role = excluded.role,
    joined_at = excluded.joined_at,
    last_read_seq = CASE
        WHEN excluded.read_rev > read_rev THEN excluded.last_read_seq
        WHEN excluded.read_rev < read_rev THEN last_read_seq
        ELSE max(last_read_seq, excluded.last_read_seq)
    END,
    read_rev = max(read_rev, excluded.read_rev),
    muted_until = excluded.muted_until
