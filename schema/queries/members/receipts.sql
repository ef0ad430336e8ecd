SELECT m.user_id, u.receipts
FROM members AS m
CROSS JOIN users AS u ON u.tenant_id = m.tenant_id AND u.id = m.user_id
WHERE m.conversation_id = ?2 AND +m.tenant_id = ?1
LIMIT CAST(?3 AS INTEGER)
