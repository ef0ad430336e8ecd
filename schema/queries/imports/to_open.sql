SELECT conversation_id FROM imports WHERE tenant_id = ?1 AND import = ?2 ORDER BY conversation_id LIMIT CAST(?3 AS INTEGER)
