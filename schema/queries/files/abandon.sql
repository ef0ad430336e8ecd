DELETE FROM files WHERE id = ?2 AND tenant_id = ?1 AND status = 'uploading'
