-- People who wrote replies follow the thread and have read it up to their reply. ?3: a JSON array of [thread, user, position]. A
-- batch that is written again does not change the row of a user who unfollowed the thread after it.
INSERT INTO thread_readers (conversation_id, user_id, thread_id, tenant_id, is_following, last_read_seq)
SELECT me.conversation_id, me.user_id, root.id, me.tenant_id, 1, item.value ->> 2
FROM json_each(?3) AS item
CROSS JOIN messages AS root ON root.id = item.value ->> 0
CROSS JOIN members AS me ON me.conversation_id = root.conversation_id AND me.user_id = item.value ->> 1
WHERE root.conversation_id = ?2 AND root.tenant_id = ?1
ON CONFLICT (conversation_id, user_id, thread_id) DO UPDATE SET
    is_following = 1,
    last_read_seq = excluded.last_read_seq
WHERE excluded.last_read_seq > thread_readers.last_read_seq
