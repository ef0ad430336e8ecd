-- Admits one user: only while the invite is open and valid for them, and only if they are neither a member nor banned.
-- ?6 identifies this call.
UPDATE room_invites SET
    uses = uses + 1,
    accepted_at = ?5,
    updated_at = ?5,
    last_use = ?6,
    over_at = CASE WHEN uses + 1 >= max_uses THEN ?5 ELSE over_at END
WHERE
    tenant_id = ?1
    AND id = ?3
    AND (over_at IS NULL OR over_at > ?5)
    AND (max_uses IS NULL OR uses < max_uses)
    AND (user_id IS NULL OR user_id = ?4)
    AND EXISTS (
        SELECT 1 FROM rooms AS r
        WHERE r.id = room_invites.room_id AND r.tenant_id = ?1 AND r.conversation_id = ?2 AND r.deleted_at IS NULL
    )
    AND NOT EXISTS (SELECT 1 FROM members AS m WHERE m.conversation_id = ?2 AND m.user_id = ?4)
    AND NOT EXISTS (
        SELECT 1 FROM sanctions AS ban
        WHERE
            ban.conversation_id = ?2 AND ban.kind = 'ban' AND ban.user_id = ?4
            AND (ban.until IS NULL OR ban.until > ?5)
    )
