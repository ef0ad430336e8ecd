UPDATE room_invites SET declined_at = ?4, updated_at = ?4, over_at = ?4
WHERE
    tenant_id = ?1 AND id = ?2 AND user_id = ?3
    AND (over_at IS NULL OR over_at > ?4)
