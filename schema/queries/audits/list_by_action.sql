SELECT id, actor_id, action, target_type, target_id, reason, metadata, created_at
FROM admin_audits INDEXED BY admin_audits_by_action
WHERE
    tenant_id = ?1
    AND action = ?7
    AND id >= ?2
    AND id < ?3
ORDER BY id DESC
LIMIT CAST(?4 AS INTEGER)
