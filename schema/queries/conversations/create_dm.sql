-- Two people have one direct conversation: a second call inserts nothing.
INSERT INTO conversations (id, tenant_id, type, dm_key, report_id, metadata, created_by, created_at, member_count)
VALUES (?1, ?2, 'dm', ?3, NULL, '{}', ?4, ?5, ?6)
ON CONFLICT (tenant_id, dm_key) DO NOTHING
RETURNING id
