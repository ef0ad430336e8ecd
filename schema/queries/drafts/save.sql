-- ?6: the number of this state, which has to be above the stored one; NULL takes the next one.
INSERT INTO drafts (tenant_id, user_id, conversation_id, parent_id, body, rev, updated_at)
SELECT m.tenant_id, m.user_id, m.conversation_id, ?4, ?5, coalesce(?6, 1), ?7
FROM members AS m
WHERE m.conversation_id = ?3 AND m.user_id = ?2 AND m.tenant_id = ?1
ON CONFLICT (tenant_id, user_id, conversation_id, parent_id) DO UPDATE SET
    body = excluded.body,
    rev = coalesce(?6, drafts.rev + 1),
    updated_at = excluded.updated_at
WHERE ?6 IS NULL OR ?6 > drafts.rev
RETURNING conversation_id, nullif(parent_id, '') AS parent_id, nullif(body, '') AS body, rev, updated_at
