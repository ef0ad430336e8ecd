UPDATE file_scans SET next_at = ?3 WHERE file_id = ?2 AND tenant_id = ?1
