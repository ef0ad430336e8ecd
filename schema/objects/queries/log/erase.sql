-- Takes the text out of later changes to messages that were sent before a time.
UPDATE log SET
    event = json_set(event, '$.partial.body', NULL, '$.partial.metadata', NULL),
    changed_row = json_set(changed_row, '$.body', NULL, '$.metadata', NULL)
WHERE
    seq <= ?1
    AND changed_row IS NOT NULL
    AND changed_row ->> '$.created_at' < ?2
    AND changed_row ->> '$.body' IS NOT NULL
