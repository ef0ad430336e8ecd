-- Before reports/resolve, in one batch: only if it resolves the report.
INSERT INTO admin_audits
(id, tenant_id, actor_id, action, target_type, target_id, reason, metadata, created_at)
SELECT ?1, r.tenant_id, ?3, ?4, ?5, r.id, ?7, ?8, ?9
FROM reports AS r
WHERE r.tenant_id = ?2 AND r.id = ?6 AND r.resolved_at IS NULL AND r.action = ?10
