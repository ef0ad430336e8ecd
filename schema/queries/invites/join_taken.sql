-- After invites/take, in one batch: only if invites/take admitted the user.
INSERT INTO members (conversation_id, user_id, tenant_id, role, joined_at, last_read_seq)
SELECT ?2, ?5, i.tenant_id, i.role, ?6, ?7
FROM room_invites AS i
WHERE i.tenant_id = ?1 AND i.id = ?3 AND i.last_use = ?4
RETURNING user_id
