INSERT INTO metric_sources (source, heard_at, counts)
VALUES (?1, ?2, ?3)
ON CONFLICT (source) DO UPDATE SET
    heard_at = excluded.heard_at,
    counts = excluded.counts
