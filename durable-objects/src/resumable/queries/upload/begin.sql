INSERT INTO upload (id, tenant_id, user_id, name, metadata, length, settings, created_at, expires_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
ON CONFLICT (id) DO NOTHING
