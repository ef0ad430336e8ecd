UPDATE revocations SET handed_over_at = ?3 WHERE tenant_id = ?1 AND version = ?2
