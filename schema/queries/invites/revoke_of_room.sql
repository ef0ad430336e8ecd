-- Before rooms/delete, in one batch: revokes the open invites to the room. The general room cannot be deleted.
UPDATE room_invites INDEXED BY room_invites_by_room SET revoked_at = ?3, updated_at = ?3, over_at = ?3
WHERE
    tenant_id = ?1
    AND room_id = (SELECT r.id FROM rooms AS r WHERE r.tenant_id = ?1 AND r.id = ?2 AND r.is_general = 0)
    AND (over_at IS NULL OR over_at > ?3)
