-- Before invites/create for a user, in one batch: the new invite replaces an open one of that user to the same room.
UPDATE room_invites SET revoked_at = ?4, updated_at = ?4, over_at = ?4
WHERE
    tenant_id = ?1 AND user_id = ?2 AND room_id = ?3
    AND (over_at IS NULL OR over_at > ?4)
