-- The first conversation after ?3 in which the user wrote something, is a member, or has scheduled something.
SELECT min(page.id) AS id
FROM (
    SELECT (
        SELECT m.conversation_id FROM messages AS m
        WHERE m.tenant_id = ?1 AND m.sender_id = ?2 AND m.conversation_id > ?3
        ORDER BY m.conversation_id
        LIMIT 1
    ) AS id
    UNION ALL
    SELECT (
        SELECT m.conversation_id FROM members AS m
        WHERE m.tenant_id = ?1 AND m.user_id = ?2 AND m.conversation_id > ?3
        ORDER BY m.conversation_id
        LIMIT 1
    )
    UNION ALL
    SELECT (
        SELECT s.conversation_id FROM scheduled_messages AS s
        WHERE s.tenant_id = ?1 AND s.user_id = ?2 AND s.conversation_id > ?3
        ORDER BY s.conversation_id
        LIMIT 1
    )
) AS page
