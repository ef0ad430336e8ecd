-- ?2: a JSON array of conversations. A general room is an ordinary one if the tenant has another one by now.
UPDATE rooms SET
    is_general = (
        SELECT i.is_general FROM imports AS i WHERE i.conversation_id = rooms.conversation_id
    ) = 1 AND NOT EXISTS (
        SELECT 1 FROM rooms AS r WHERE r.tenant_id = ?1 AND r.is_general = 1
    ),
    deleted_at = NULL
WHERE
    conversation_id IN (
        SELECT i.conversation_id
        FROM json_each(?2) AS item
        CROSS JOIN imports AS i ON i.conversation_id = item.value
        WHERE i.tenant_id = ?1
    )
