-- What moderators wrote about the user when they muted or banned them.
UPDATE sanctions SET reason = ''
WHERE (conversation_id, kind, user_id) IN (
    SELECT s.conversation_id, s.kind, s.user_id
    FROM sanctions AS s
    WHERE s.tenant_id = ?1 AND s.user_id = ?2 AND s.reason <> '' AND s.imposed_at <= ?3
    LIMIT CAST(?4 AS INTEGER)
)
RETURNING 1 AS erased
