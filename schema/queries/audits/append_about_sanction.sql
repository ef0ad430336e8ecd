-- Before sanctions/lift, in one batch: only if there is a sanction to lift.
INSERT INTO admin_audits
(id, tenant_id, actor_id, action, target_type, target_id, reason, metadata, created_at)
SELECT ?1, s.tenant_id, ?3, ?4, ?5, ?6, ?7, ?8, ?9
FROM sanctions AS s
WHERE s.tenant_id = ?2 AND s.conversation_id = ?10 AND s.kind = ?11 AND s.user_id = ?6
