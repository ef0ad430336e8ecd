SELECT id FROM conversations WHERE tenant_id = ?1 AND dm_key = ?2 AND deleted_at IS NULL
