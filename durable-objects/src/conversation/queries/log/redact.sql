-- Unreadable JSON becomes an empty string.
UPDATE log SET
    event = CASE
        WHEN json_valid(event) THEN json_replace(event, '$.partial.body', NULL, '$.partial.metadata', NULL, '$.partial.mentions', json('[]'), '$.partial.attachments', json('[]'))
        ELSE ''
    END,
    changed_row = CASE
        WHEN changed_row IS NULL THEN NULL
        WHEN json_valid(changed_row) THEN json_remove(json_replace(changed_row, '$.body', NULL, '$.metadata', NULL, '$.mentions', json('[]'), '$.attachments', json('[]')), '$.replaced')
        ELSE ''
    END
WHERE message_id = ?1
