SELECT e.tenant_id, e.user_id, e.requested_by, e.requested_at, e.up_to, e.progress, e.rev, e.next_at, e.ended_at
FROM erasures AS e
WHERE e.tenant_id = ?1 AND e.user_id = ?2
