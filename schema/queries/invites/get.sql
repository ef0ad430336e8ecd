SELECT
    i.id,
    i.room_id,
    i.user_id,
    invited.name AS user_name,
    i.role,
    i.max_uses,
    i.uses,
    i.expires_at,
    i.created_by,
    i.created_at,
    i.accepted_at,
    i.declined_at,
    i.revoked_at
FROM room_invites AS i
LEFT JOIN users AS invited ON invited.tenant_id = i.tenant_id AND invited.id = i.user_id
WHERE i.tenant_id = ?1 AND i.id = ?2
