-- Alerts of the user that have ended, after position (?4, ?5).
SELECT a.id, a.created_at
FROM alerts AS a INDEXED BY alerts_by_user
WHERE
    a.tenant_id = ?1
    AND a.user_id = ?2
    AND a.created_at <= ?3
    AND (a.created_at, a.id) > (?4, ?5)
    AND a.closed_at IS NOT NULL
ORDER BY a.created_at, a.id
LIMIT CAST(?6 AS INTEGER)
