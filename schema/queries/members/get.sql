SELECT m.user_id, m.role, m.joined_at, m.last_read_seq, m.read_rev, mute.until AS muted_until
FROM members AS m
CROSS JOIN conversations AS c ON c.id = m.conversation_id
LEFT JOIN sanctions AS mute
    ON mute.conversation_id = m.conversation_id AND mute.kind = 'mute' AND mute.user_id = m.user_id
WHERE m.conversation_id = ?2 AND m.user_id = ?3 AND c.tenant_id = ?1 AND c.deleted_at IS NULL
