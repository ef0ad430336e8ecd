-- Revokes the open invites that a user created in a room, except those to the roles of ?5, a JSON list.
UPDATE room_invites INDEXED BY room_invites_by_creator SET revoked_at = ?4, updated_at = ?4, over_at = ?4
WHERE
    room_id = (SELECT r.id FROM rooms AS r WHERE r.tenant_id = ?1 AND r.conversation_id = ?2)
    AND created_by = ?3
    AND (over_at IS NULL OR over_at > ?4)
    AND role NOT IN (SELECT kept.value FROM json_each(?5) AS kept)
