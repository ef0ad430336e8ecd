-- Before the change of a room, in one batch: only if the room can be changed so. ?10 is 1 for a deletion, which the
-- general room does not allow.
INSERT INTO admin_audits
(id, tenant_id, actor_id, action, target_type, target_id, reason, metadata, created_at)
SELECT ?1, r.tenant_id, ?3, ?4, ?5, r.id, ?7, ?8, ?9
FROM rooms AS r
WHERE r.tenant_id = ?2 AND r.id = ?6 AND r.deleted_at IS NULL AND (r.is_general = 0 OR ?10 = 0)
