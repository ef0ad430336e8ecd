UPDATE room_invites SET revoked_at = ?4, updated_at = ?4, over_at = ?4
WHERE
    tenant_id = ?1 AND room_id = ?2 AND id = ?3
    AND (over_at IS NULL OR over_at > ?4)
RETURNING id
