-- Only a thread that the user may read. Without a row they have read nothing of it yet, apart from its first message.
INSERT INTO thread_readers (conversation_id, user_id, thread_id, tenant_id, is_following, last_read_seq)
SELECT me.conversation_id, me.user_id, root.id, me.tenant_id, ?4, root.seq
FROM messages AS root
CROSS JOIN conversations AS c ON c.id = root.conversation_id
CROSS JOIN members AS me ON me.conversation_id = root.conversation_id AND me.user_id = ?2
WHERE root.id = ?3 AND root.thread_id IS NULL AND c.tenant_id = ?1 AND c.deleted_at IS NULL
ON CONFLICT (conversation_id, user_id, thread_id) DO UPDATE SET is_following = excluded.is_following
RETURNING is_following AS following, last_read_seq
