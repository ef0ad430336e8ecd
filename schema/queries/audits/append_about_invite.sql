-- After invites/create or before invites/revoke, in one batch: only if the invite is open.
INSERT INTO admin_audits
(id, tenant_id, actor_id, action, target_type, target_id, reason, metadata, created_at)
SELECT ?1, i.tenant_id, ?3, ?4, ?5, i.id, ?7, ?8, ?9
FROM room_invites AS i
WHERE i.tenant_id = ?2 AND i.id = ?6 AND (i.over_at IS NULL OR i.over_at > ?9)
