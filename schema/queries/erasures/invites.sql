DELETE FROM room_invites
WHERE (id) IN (
    SELECT x.id
    FROM room_invites AS x
    WHERE x.tenant_id = ?1 AND x.user_id = ?2 AND x.created_at <= ?3
    LIMIT CAST(?4 AS INTEGER)
)
RETURNING 1 AS erased
