-- ?3: a JSON array of {id, seq, message_id, mention, at}: messages that are shown in the conversation and mention all members. A row for
-- @here has the members who are online at ?4, unless they are more than ?6. Only one of the two parts that find them runs: a
-- conversation of at most ?5 members looks up the presence of each, a larger one the membership of each online user.
INSERT INTO shared_notifications (
    conversation_id, seq, tenant_id, id, message_id, thread_id, mention, online, actor_id, actor_name, created_at, updated_at
)
SELECT
    m.conversation_id,
    m.seq,
    m.tenant_id,
    item.value ->> 'id',
    m.id,
    m.thread_id,
    item.value ->> 'mention',
    CASE WHEN item.value ->> 'mention' = 'here' THEN (
        SELECT CASE WHEN count(*) <= CAST(?6 AS INTEGER) THEN json_group_array(page.user_id) END
        FROM (
            SELECT DISTINCT page.user_id FROM (
                SELECT me.user_id
                FROM conversations AS c
                CROSS JOIN members AS me ON me.conversation_id = c.id AND me.user_id > ''
                CROSS JOIN presence AS p ON p.tenant_id = ?1 AND p.user_id = me.user_id AND +p.online_until > ?4
                WHERE c.id = ?2 AND c.member_count <= CAST(?5 AS INTEGER)
                UNION ALL
                SELECT me.user_id
                FROM conversations AS c
                CROSS JOIN presence AS p INDEXED BY presence_online
                    ON p.tenant_id = ?1 AND p.online_until > ?4 AND p.user_id > ''
                CROSS JOIN members AS me ON me.conversation_id = c.id AND me.user_id = p.user_id
                WHERE c.id = ?2 AND c.member_count > CAST(?5 AS INTEGER)
            ) AS page
            LIMIT CAST(?6 AS INTEGER) + 1
        ) AS page
    ) END,
    m.sender_id,
    m.sender_name,
    item.value ->> 'at',
    item.value ->> 'at'
FROM json_each(?3) AS item
CROSS JOIN messages AS m ON m.conversation_id = ?2 AND m.seq = item.value ->> 'seq'
WHERE
    m.tenant_id = ?1
    AND m.id = item.value ->> 'message_id'
    AND m.deleted_at IS NULL
    AND EXISTS (
        SELECT 1 FROM json_each(m.mentions) AS mention WHERE mention.value ->> 'type' = item.value ->> 'mention'
    )
ON CONFLICT (conversation_id, seq) DO UPDATE SET
    mention = excluded.mention,
    online = excluded.online,
    updated_at = excluded.updated_at
WHERE shared_notifications.mention = 'here' AND excluded.mention = 'room'
RETURNING seq
