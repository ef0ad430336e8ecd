-- A room has at most ?11 open invites.
INSERT INTO room_invites
(id, tenant_id, room_id, token_hash, user_id, role, max_uses, expires_at, over_at, created_by, created_at)
SELECT ?1, r.tenant_id, r.id, ?4, ?5, ?6, ?7, ?8, ?8, ?9, ?10
FROM rooms AS r
WHERE
    r.tenant_id = ?2
    AND r.id = ?3
    AND r.deleted_at IS NULL
    AND (
        SELECT count(*) FROM (
            SELECT 1 FROM room_invites AS i
            WHERE i.room_id = r.id AND (i.over_at IS NULL OR i.over_at > ?10)
            LIMIT CAST(?11 AS INTEGER)
        ) AS page
    ) < ?11
