-- Claims an open report for an action, unless another action has claimed it since ?5.
UPDATE reports SET
    action = ?3,
    claimed_at = ?4
WHERE tenant_id = ?1 AND id = ?2 AND resolved_at IS NULL AND (action IS NULL OR action = ?3 OR claimed_at < ?5)
RETURNING id
