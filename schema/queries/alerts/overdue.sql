-- Across all tenants, longest overdue first. ?2, ?3, ?4: the last row of the previous page.
SELECT due_at, tenant_id, id
FROM alerts INDEXED BY alerts_due
WHERE due_at < ?1 AND due_at IS NOT NULL AND (due_at, tenant_id, id) > (?2, ?3, ?4)
ORDER BY due_at, tenant_id, id
LIMIT CAST(?5 AS INTEGER)
