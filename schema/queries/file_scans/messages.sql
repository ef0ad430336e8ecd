-- Messages of a conversation that still show the file as scanning.
SELECT m.id
FROM file_uses AS u INDEXED BY file_uses_by_file
CROSS JOIN messages AS m ON m.conversation_id = u.conversation_id AND m.seq = u.seq
CROSS JOIN json_each(m.attachments) AS item
WHERE
    u.file_id = ?3
    AND u.conversation_id = ?2
    AND u.tenant_id = ?1
    AND m.tenant_id = ?1
    AND item.value ->> 'id' = ?3
    AND item.value ->> 'status' = 'scanning'
LIMIT CAST(?4 AS INTEGER)
