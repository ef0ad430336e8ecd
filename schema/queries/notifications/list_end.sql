    ORDER BY id DESC
    LIMIT CAST(?5 AS INTEGER)
)
SELECT
    page.id,
    page.kind,
    page.conversation_id,
    page.actor_id,
    page.actor_name,
    CASE WHEN m.id IS NOT NULL THEN json_object(
        'id', m.id,
        'seq', m.seq,
        'sender_id', m.sender_id,
        'sender_name', m.sender_name,
        'type', m.type,
        'body', m.body,
        'parent_id', m.parent_id
    ) END AS message,
    page.title,
    page.body,
    page.url,
    page.data,
    page.created_at,
    page.updated_at,
    page.read_at
FROM page
LEFT JOIN messages AS m ON m.id = page.message_id
ORDER BY page.id DESC
