-- The name of the sender of message ?1 becomes ?2, and their id for it is forgotten. Unreadable JSON stays as it is.
UPDATE log SET
    event = CASE
        WHEN json_valid(event) THEN json_replace(event, '$.partial.sender_name', ?2, '$.partial.client_msg_id', NULL)
        ELSE event
    END,
    changed_row = CASE
        WHEN json_valid(changed_row) THEN json_replace(changed_row, '$.sender_name', ?2, '$.client_msg_id', NULL)
        ELSE changed_row
    END,
    client_msg_id = NULL
WHERE message_id = ?1
