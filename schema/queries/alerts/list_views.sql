SELECT body
FROM alert_views INDEXED BY alert_views_by_user
WHERE
    tenant_id = ?1
    AND user_id = ?8
    AND (?6 IS NULL OR status = ?6)
    AND (?7 IS NULL OR drill = ?7)
    AND (?9 IS NULL OR (closed_at IS NOT NULL) = ?9)
    AND created_at >= ?2
    AND (created_at, id) < (?3, ?4)
ORDER BY created_at DESC, id DESC
LIMIT CAST(?5 AS INTEGER)
