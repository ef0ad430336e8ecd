-- The first verdict stays.
UPDATE file_scans SET
    verdict = ?3,
    reason = ?4,
    tries = 1,
    next_at = ?5
WHERE
    file_id = ?2
    AND tenant_id = ?1
    AND verdict IS NULL
    AND EXISTS (SELECT 1 FROM files AS f WHERE f.id = ?2 AND f.tenant_id = ?1 AND f.status = 'scanning')
RETURNING 1 AS is_decided
