UPDATE users SET presence = coalesce(?3, presence), receipts = coalesce(?4, receipts)
WHERE tenant_id = ?1 AND id = ?2
RETURNING presence, receipts
