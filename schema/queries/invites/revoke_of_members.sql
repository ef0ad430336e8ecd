-- Before a public room becomes private, in one batch: revokes the open invites whose creators cannot invite to a private
-- room, because they are neither its moderator or owner nor the administrator who changes it, ?4.
UPDATE room_invites INDEXED BY room_invites_by_room SET revoked_at = ?3, updated_at = ?3, over_at = ?3
WHERE
    room_id = (SELECT r.id FROM rooms AS r WHERE r.tenant_id = ?1 AND r.id = ?2 AND r.visibility = 'public')
    AND (over_at IS NULL OR over_at > ?3)
    AND created_by <> ?4
    AND NOT EXISTS (
        SELECT 1 FROM rooms AS r INNER JOIN members AS m ON m.conversation_id = r.conversation_id
        WHERE r.id = room_invites.room_id AND m.user_id = room_invites.created_by AND m.role IN ('moderator', 'owner')
    )
