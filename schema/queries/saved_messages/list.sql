-- Only what the person may read now: the membership is part of the look-up.
    s.saved_at
FROM saved_messages AS s
CROSS JOIN messages AS m ON m.id = s.message_id AND m.deleted_at IS NULL
CROSS JOIN members AS me ON me.conversation_id = m.conversation_id AND me.user_id = s.user_id
CROSS JOIN conversations AS c ON c.id = m.conversation_id AND c.deleted_at IS NULL
WHERE s.tenant_id = ?1 AND s.user_id = ?2 AND (s.saved_at, s.message_id) < (?3, ?4)
ORDER BY s.saved_at DESC, s.message_id DESC
LIMIT CAST(?5 AS INTEGER)
