-- Conversations with messages that still show the file as scanning.
SELECT DISTINCT u.conversation_id
FROM file_uses AS u INDEXED BY file_uses_by_file
CROSS JOIN conversations AS c ON c.id = u.conversation_id
CROSS JOIN messages AS m ON m.conversation_id = u.conversation_id AND m.seq = u.seq
CROSS JOIN json_each(m.attachments) AS item
WHERE
    u.file_id = ?2
    AND u.tenant_id = ?1
    AND c.tenant_id = ?1
    AND c.deleted_at IS NULL
    AND item.value ->> 'id' = ?2
    AND item.value ->> 'status' = 'scanning'
LIMIT CAST(?3 AS INTEGER)
