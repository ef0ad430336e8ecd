-- Begins an erasure at ?4 that ends with what was written up to ?5. Nothing if the user is not known, if an erasure of theirs is not
-- finished, or if they have not come back since the last one.
INSERT INTO erasures (tenant_id, user_id, requested_by, requested_at, up_to, progress, next_at)
SELECT u.tenant_id, u.id, ?3, ?4, ?5, ?6, ?4
FROM users AS u
WHERE u.tenant_id = ?1 AND u.id = ?2 AND u.erased_at IS NULL
ON CONFLICT (tenant_id, user_id) DO UPDATE SET
    requested_by = excluded.requested_by,
    requested_at = excluded.requested_at,
    up_to = excluded.up_to,
    progress = excluded.progress,
    rev = erasures.rev + 1,
    next_at = excluded.next_at,
    ended_at = NULL
WHERE erasures.ended_at IS NOT NULL
RETURNING rev
