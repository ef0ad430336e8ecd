SELECT d.conversation_id, nullif(d.parent_id, '') AS parent_id, d.body, d.rev, d.updated_at
FROM drafts AS d INDEXED BY drafts_newest
CROSS JOIN members AS me ON me.conversation_id = d.conversation_id AND me.user_id = d.user_id
CROSS JOIN conversations AS c ON c.id = d.conversation_id AND c.deleted_at IS NULL
WHERE
    d.tenant_id = ?1
    AND d.user_id = ?2
    AND d.body <> ''
    AND (d.updated_at, d.conversation_id, d.parent_id) < (?3, ?4, ?5)
ORDER BY d.updated_at DESC, d.conversation_id DESC, d.parent_id DESC
LIMIT CAST(?6 AS INTEGER)
