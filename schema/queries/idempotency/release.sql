-- The call may have had its effect, but its outcome is unknown: the next retry takes over.
UPDATE idempotency_keys SET created_at = ?4
WHERE tenant_id = ?1 AND user_id = ?2 AND key = ?3 AND status IS NULL
