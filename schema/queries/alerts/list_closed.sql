SELECT body
FROM alerts INDEXED BY alerts_closed
WHERE
    tenant_id = ?1
    AND closed_at IS NOT NULL
    AND created_at >= ?2
    AND (created_at, id) < (?3, ?4)
ORDER BY created_at DESC, id DESC
LIMIT CAST(?5 AS INTEGER)
