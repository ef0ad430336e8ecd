DELETE FROM drafts
WHERE (tenant_id, user_id, conversation_id, parent_id) IN (
    SELECT x.tenant_id, x.user_id, x.conversation_id, x.parent_id
    FROM drafts AS x
    WHERE x.tenant_id = ?1 AND x.user_id = ?2 AND x.updated_at <= ?3
    LIMIT CAST(?4 AS INTEGER)
)
RETURNING 1 AS erased
