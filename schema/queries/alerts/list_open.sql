SELECT body
FROM alerts INDEXED BY alerts_open
WHERE
    tenant_id = ?1
    AND closed_at IS NULL
    AND (?7 IS NULL OR drill = ?7)
    AND created_at >= ?2
    AND (created_at, id) < (?3, ?4)
ORDER BY created_at DESC, id DESC
LIMIT CAST(?5 AS INTEGER)
