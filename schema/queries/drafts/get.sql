SELECT d.conversation_id, nullif(d.parent_id, '') AS parent_id, nullif(d.body, '') AS body, d.rev, d.updated_at
FROM drafts AS d
WHERE d.tenant_id = ?1 AND d.user_id = ?2 AND d.conversation_id = ?3 AND d.parent_id = ?4
