DELETE FROM file_scans WHERE file_id = ?2 AND tenant_id = ?1 AND verdict IS NOT NULL
