SELECT body
FROM alert_entries
WHERE tenant_id = ?1 AND alert_id = ?2 AND number > ?3 AND number <= ?4
ORDER BY number
LIMIT CAST(?5 AS INTEGER)
