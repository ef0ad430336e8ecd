-- Before the change of a membership, in one batch: only if the membership exists.
INSERT INTO admin_audits
(id, tenant_id, actor_id, action, target_type, target_id, reason, metadata, created_at)
SELECT ?1, m.tenant_id, ?3, ?4, ?5, ?6, ?7, ?8, ?9
FROM members AS m
WHERE m.tenant_id = ?2 AND m.conversation_id = ?10 AND m.user_id = ?6
