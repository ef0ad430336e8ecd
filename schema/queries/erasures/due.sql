-- The erasure that has waited longest, of all tenants.
SELECT e.tenant_id, e.user_id, e.requested_by, e.requested_at, e.up_to, e.progress, e.rev, e.next_at, e.ended_at
FROM erasures AS e
WHERE e.ended_at IS NULL AND e.next_at <= ?1
ORDER BY e.next_at
LIMIT 1
