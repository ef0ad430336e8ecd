INSERT INTO conversations (id, tenant_id, type, dm_key, report_id, metadata, created_by, created_at, member_count)
VALUES (?1, ?2, ?3, NULL, ?4, ?5, ?6, ?7, ?8)
