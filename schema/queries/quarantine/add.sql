-- ?3: a JSON array of objects with seq, reason and entry.
INSERT INTO quarantined_entries (tenant_id, conversation_id, seq, reason, entry, quarantined_at)
SELECT ?1, ?2, CAST(value ->> '$.seq' AS INTEGER), value ->> '$.reason', value ->> '$.entry', CAST(?4 AS INTEGER)
FROM json_each(?3)
WHERE true
ON CONFLICT DO NOTHING
