-- The first result is final.
UPDATE idempotency_keys SET status = ?4, response = ?5
WHERE tenant_id = ?1 AND user_id = ?2 AND key = ?3 AND status IS NULL
