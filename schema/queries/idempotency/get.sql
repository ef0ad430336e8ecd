SELECT request_hash, status, response
FROM idempotency_keys
WHERE tenant_id = ?1 AND user_id = ?2 AND key = ?3
