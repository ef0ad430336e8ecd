    UNION ALL
    SELECT 1
    FROM shared AS s
    WHERE
        s.seq > s.last_read_seq
        AND s.read_at IS NULL
    LIMIT CAST(?3 AS INTEGER)
) AS page
