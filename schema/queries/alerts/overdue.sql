-- Over all tenants: those that have waited longest come first. ?2, ?3 and ?4: the last of the page before.
SELECT due_at, tenant_id, id
FROM alerts INDEXED BY alerts_due
WHERE due_at < ?1 AND due_at IS NOT NULL AND (due_at, tenant_id, id) > (?2, ?3, ?4)
ORDER BY due_at, tenant_id, id
LIMIT CAST(?5 AS INTEGER)
