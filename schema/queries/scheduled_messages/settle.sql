-- ?3: a JSON array of {id, status, message_id, problem, ended_at}. What ended before stays as it is. The pluses keep SQLite from
-- reading all messages of the conversation or the tenant.
UPDATE scheduled_messages SET
    (status, message_id, problem, ended_at) = (
        SELECT
            item.value ->> 'status',
            item.value ->> 'message_id',
            item.value ->> 'problem',
            item.value ->> 'ended_at'
        FROM json_each(?3) AS item
        WHERE item.value ->> 'id' = scheduled_messages.id
    ),
    draft = CASE
        WHEN
            (SELECT item.value ->> 'status' FROM json_each(?3) AS item WHERE item.value ->> 'id' = scheduled_messages.id)
            = 'failed' THEN draft
        ELSE json_remove(draft, '$.body', '$.metadata', '$.attachments')
    END,
    author = NULL
WHERE
    id IN (SELECT item.value ->> 'id' FROM json_each(?3) AS item)
    AND +tenant_id = ?1
    AND +conversation_id = ?2
    AND status = 'pending'
