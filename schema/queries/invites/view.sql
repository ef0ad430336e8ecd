-- By id (?3) or by token hash (?4).
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
    i.revoked_at,
    r.conversation_id,
    r.name AS room_name,
    r.description AS room_description,
    r.visibility AS room_visibility,
    c.member_count AS room_member_count,
    u.name AS created_by_name,
    me.role AS my_role
FROM room_invites AS i
CROSS JOIN rooms AS r ON r.id = i.room_id AND r.deleted_at IS NULL
CROSS JOIN conversations AS c ON c.id = r.conversation_id
LEFT JOIN users AS invited ON invited.tenant_id = i.tenant_id AND invited.id = i.user_id
LEFT JOIN users AS u ON u.tenant_id = i.tenant_id AND u.id = i.created_by
LEFT JOIN members AS me ON me.conversation_id = r.conversation_id AND me.user_id = ?2
WHERE
    i.tenant_id = ?1
    AND i.id = coalesce(?3, (SELECT h.id FROM room_invites AS h WHERE h.token_hash = ?4))
