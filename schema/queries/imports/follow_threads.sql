-- People who wrote replies, and the author of the first message, follow the thread and have read it up to their message. ?2: a
-- JSON array of [thread, user or NULL for the author, position or NULL].
INSERT INTO thread_readers (conversation_id, user_id, thread_id, tenant_id, is_following, last_read_seq)
SELECT me.conversation_id, me.user_id, root.id, me.tenant_id, 1, coalesce(item.value ->> 2, root.seq)
FROM json_each(?2) AS item
CROSS JOIN messages AS root ON root.id = item.value ->> 0
CROSS JOIN members AS me
    ON me.conversation_id = root.conversation_id AND me.user_id = coalesce(item.value ->> 1, root.sender_id)
WHERE root.tenant_id = ?1
ON CONFLICT (conversation_id, user_id, thread_id) DO UPDATE SET
    last_read_seq = max(thread_readers.last_read_seq, excluded.last_read_seq)
