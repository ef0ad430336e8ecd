-- Moves the marker forward to position ?4, or to the newest reply if that is older or ?4 is NULL. A user without a row does
-- not follow the thread.
INSERT INTO thread_readers (conversation_id, user_id, thread_id, tenant_id, is_following, last_read_seq)
SELECT me.conversation_id, me.user_id, root.id, me.tenant_id, 0, max(root.seq, min(
    coalesce(?4, 9007199254740991),
    coalesce((
        SELECT r.seq FROM messages AS r
        WHERE r.thread_id = root.id
        ORDER BY r.seq DESC
        LIMIT 1
    ), root.seq)
))
FROM messages AS root
CROSS JOIN conversations AS c ON c.id = root.conversation_id
CROSS JOIN members AS me ON me.conversation_id = root.conversation_id AND me.user_id = ?2
WHERE root.id = ?3 AND root.thread_id IS NULL AND c.tenant_id = ?1 AND c.deleted_at IS NULL
ON CONFLICT (conversation_id, user_id, thread_id) DO UPDATE SET
    last_read_seq = max(thread_readers.last_read_seq, excluded.last_read_seq)
RETURNING is_following AS following, last_read_seq
