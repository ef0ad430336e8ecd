-- The timeline of a view: the first ?6 entries are those of the alert with the same id.
SELECT e.number, e.body
FROM alert_entries AS e
WHERE e.tenant_id = ?1 AND e.alert_id = ?2 AND e.number > ?3 AND e.number <= MIN(?4, ?6)
UNION ALL
SELECT v.number, v.body
FROM alert_view_entries AS v
WHERE v.tenant_id = ?1 AND v.alert_id = ?2 AND v.number > MAX(?3, ?6) AND v.number <= ?4
ORDER BY number
LIMIT CAST(?5 AS INTEGER)
