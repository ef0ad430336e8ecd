-- ?5: the number up to which the place is cleared, even if nothing is saved there yet: a save that is on its way is refused.
-- NULL clears whatever there is. No row if there was nothing to clear.
INSERT INTO drafts (tenant_id, user_id, conversation_id, parent_id, body, rev, updated_at)
SELECT m.tenant_id, m.user_id, m.conversation_id, ?4, '', coalesce(?5, d.rev + 1), ?6
FROM members AS m
LEFT JOIN drafts AS d
    ON
        d.tenant_id = m.tenant_id
        AND d.user_id = m.user_id
        AND d.conversation_id = m.conversation_id
        AND d.parent_id = ?4
WHERE m.conversation_id = ?3 AND m.user_id = ?2 AND m.tenant_id = ?1 AND (?5 IS NOT NULL OR d.body <> '')
ON CONFLICT (tenant_id, user_id, conversation_id, parent_id) DO UPDATE SET
    body = '',
    rev = excluded.rev,
    updated_at = excluded.updated_at
WHERE drafts.rev < excluded.rev OR (drafts.rev = excluded.rev AND drafts.body <> '')
RETURNING conversation_id, nullif(parent_id, '') AS parent_id, NULL AS body, rev, updated_at
