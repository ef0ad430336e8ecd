UPDATE scheduled_messages SET status = 'cancelled', draft = json_remove(draft, '$.body', '$.metadata', '$.attachments')
WHERE id = ?3 AND tenant_id = ?1 AND user_id = ?2 AND status = 'failed'
