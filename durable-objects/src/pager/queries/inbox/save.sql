INSERT INTO sources (source, last, heard_at)
VALUES (?1, ?2, ?3)
ON CONFLICT (source) DO UPDATE SET last = excluded.last, heard_at = excluded.heard_at
