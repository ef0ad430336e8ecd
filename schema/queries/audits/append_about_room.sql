-- Before the change of a room, in one batch: only if there is one that can be changed so. ?10: whether it is to be
-- deleted, which the general room cannot be.
INSERT INTO admin_audits
(id, tenant_id, actor_id, action, target_type, target_id, reason, metadata, created_at)
SELECT ?1, r.tenant_id, ?3, ?4, ?5, r.id, ?7, ?8, ?9
FROM rooms AS r
WHERE r.tenant_id = ?2 AND r.id = ?6 AND r.deleted_at IS NULL AND (r.is_general = 0 OR ?10 = 0)
