-- People who are in a thread without writing a reply follow it: the author of its first message, who has read that, and people
-- who are mentioned, who have read up to the mention. ?3: a JSON array of [thread, user or NULL for the author, position].
-- Those who have a row keep it.
INSERT INTO thread_readers (conversation_id, user_id, thread_id, tenant_id, is_following, last_read_seq)
SELECT me.conversation_id, me.user_id, root.id, me.tenant_id, 1, coalesce(item.value ->> 2, root.seq)
FROM json_each(?3) AS item
CROSS JOIN messages AS root ON root.id = item.value ->> 0
CROSS JOIN members AS me
    ON me.conversation_id = root.conversation_id AND me.user_id = coalesce(item.value ->> 1, root.sender_id)
WHERE root.conversation_id = ?2 AND root.tenant_id = ?1
ON CONFLICT (conversation_id, user_id, thread_id) DO NOTHING
