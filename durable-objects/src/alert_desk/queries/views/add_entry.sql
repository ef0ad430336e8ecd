INSERT INTO view_entries (alert_id, number, seq, entry)
VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (alert_id, number) DO UPDATE SET seq = excluded.seq, entry = excluded.entry
