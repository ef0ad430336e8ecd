-- Only while the action has claimed the report.
UPDATE reports SET
    resolved_at = ?4,
    resolved_by = ?5,
    resolution_note = ?6
WHERE tenant_id = ?1 AND id = ?2 AND resolved_at IS NULL AND action = ?3
RETURNING id
