-- ?2: a JSON array of conversations. Their objects begin at the positions written here.
UPDATE conversations SET (
    last_seq, message_count, uncounted_count, last_message_at, oldest_message_at, member_count, deleted_at
) = (
    SELECT
        max(i.head, i.last_seq),
        i.message_count,
        i.uncounted_count,
        i.last_message_at,
        i.oldest_message_at,
        (SELECT count(*) FROM members AS m WHERE m.conversation_id = i.conversation_id),
        NULL
    FROM imports AS i
    WHERE i.conversation_id = conversations.id
)
WHERE
    id IN (
        SELECT i.conversation_id
        FROM json_each(?2) AS item
        CROSS JOIN imports AS i ON i.conversation_id = item.value
        WHERE i.tenant_id = ?1
    )
