-- The invited user's notification ?3 of invite ?2, unless they do not want it or have blocked the inviter.
INSERT INTO notifications (
    tenant_id, user_id, id, kind, source, actor_id, actor_name, title, data, created_at, updated_at
)
SELECT
    i.tenant_id,
    i.user_id,
    ?3,
    'invite',
    i.id,
    u.id,
    u.name,
    r.name,
    json_object('invite_id', i.id, 'room_id', r.id),
    i.created_at,
    i.created_at
FROM room_invites AS i
CROSS JOIN rooms AS r ON r.id = i.room_id
LEFT JOIN users AS u ON u.tenant_id = i.tenant_id AND u.id = i.created_by
LEFT JOIN notification_preferences AS p ON p.tenant_id = i.tenant_id AND p.user_id = i.user_id
WHERE
    i.tenant_id = ?1
    AND i.id = ?2
    AND i.user_id IS NOT NULL
    AND coalesce(p.kinds ->> '$.invite.inbox', true)
    AND NOT EXISTS (
        SELECT 1 FROM blocks AS b
        WHERE b.tenant_id = i.tenant_id AND b.user_id = i.user_id AND b.blocked_id = i.created_by
    )
ON CONFLICT (tenant_id, user_id, kind, source) DO NOTHING
