-- Ends a claim whose action was not carried out.
UPDATE reports SET
    action = NULL,
    claimed_at = NULL
WHERE tenant_id = ?1 AND id = ?2 AND resolved_at IS NULL AND action = ?3 AND claimed_at = ?4
