        AND s.seq > s.last_read_seq
        AND s.read_at IS NULL
