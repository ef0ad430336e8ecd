-- Claims a new key, or one with the same request whose unfinished call counts as lost (claimed at or before ?6).
INSERT INTO idempotency_keys (tenant_id, user_id, key, request_hash, begun_at, created_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?5)
ON CONFLICT (tenant_id, user_id, key) DO UPDATE SET created_at = excluded.created_at
WHERE status IS NULL AND request_hash = excluded.request_hash AND created_at <= ?6
RETURNING begun_at
