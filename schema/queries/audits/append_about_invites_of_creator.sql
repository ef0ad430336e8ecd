-- Before invites/revoke_of_creator, in one batch: an entry for each invite that it revokes. ?1 is the id of the first part
-- of the entries' ids; ?6 is the creator.
INSERT INTO admin_audits
(id, tenant_id, actor_id, action, target_type, target_id, reason, metadata, created_at)
SELECT substr(?1, 1, 24) || lower(hex(randomblob(6))), i.tenant_id, ?3, ?4, ?5, i.id, ?7, ?8, ?9
FROM rooms AS r INNER JOIN room_invites AS i INDEXED BY room_invites_by_creator ON i.room_id = r.id AND i.created_by = ?6
WHERE
    r.tenant_id = ?2 AND r.conversation_id = ?10
    AND (i.over_at IS NULL OR i.over_at > ?9)
    AND i.role NOT IN (SELECT kept.value FROM json_each(?11) AS kept)
