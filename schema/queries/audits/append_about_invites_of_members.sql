-- Before invites/revoke_of_members, in one batch: an entry for each invite that it revokes. ?1 is the id of the first part
-- of the entries' ids; ?6 is the room.
INSERT INTO admin_audits
(id, tenant_id, actor_id, action, target_type, target_id, reason, metadata, created_at)
SELECT substr(?1, 1, 24) || lower(hex(randomblob(6))), i.tenant_id, ?3, ?4, ?5, i.id, ?7, ?8, ?9
FROM rooms AS r INNER JOIN room_invites AS i INDEXED BY room_invites_by_room ON i.room_id = r.id
WHERE
    r.tenant_id = ?2 AND r.id = ?6 AND r.visibility = 'public'
    AND (i.over_at IS NULL OR i.over_at > ?9)
    AND i.created_by <> ?3
    AND NOT EXISTS (
        SELECT 1 FROM members AS m
        WHERE m.conversation_id = r.conversation_id AND m.user_id = i.created_by AND m.role IN ('moderator', 'owner')
    )
