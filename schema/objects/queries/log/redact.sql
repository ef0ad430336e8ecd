UPDATE log SET
    event = json_set(event, '$.partial.body', NULL, '$.partial.metadata', NULL),
    changed_row = CASE
        WHEN changed_row IS NULL THEN NULL
        ELSE json_set(changed_row, '$.body', NULL, '$.metadata', NULL)
    END
WHERE message_id = ?1
