-- Up to position ?1, erases the text from changes to messages sent before ?2. Unreadable JSON becomes an empty string.
UPDATE log SET
    event = CASE
        WHEN json_valid(event) THEN json_replace(event, '$.partial.body', NULL, '$.partial.metadata', NULL, '$.partial.mentions', json('[]'), '$.partial.attachments', json('[]'))
        ELSE ''
    END,
    changed_row = CASE
        WHEN json_valid(changed_row) THEN json_remove(json_replace(changed_row, '$.body', NULL, '$.metadata', NULL, '$.mentions', json('[]'), '$.attachments', json('[]')), '$.replaced')
        ELSE ''
    END
WHERE
    seq <= ?1
    AND changed_row IS NOT NULL
    AND CASE
        WHEN json_valid(changed_row)
            THEN changed_row ->> '$.created_at' < ?2 AND changed_row ->> '$.body' IS NOT NULL
        ELSE changed_row <> ''
    END
