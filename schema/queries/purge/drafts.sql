DELETE FROM drafts
WHERE (tenant_id, user_id, conversation_id, parent_id) IN (
    SELECT tenant_id, user_id, conversation_id, parent_id FROM drafts
    WHERE updated_at <= ?1
    ORDER BY updated_at
    LIMIT CAST(?2 AS INTEGER)
)
RETURNING 1 AS purged
