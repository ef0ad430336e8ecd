-- Members of conversation ?4, and everybody who wrote or reacted in it.
FROM (
    SELECT m.user_id AS id FROM members AS m WHERE m.conversation_id = ?4
    UNION
    SELECT m.sender_id AS id FROM messages AS m WHERE m.conversation_id = ?4
    UNION
    SELECT r.user_id AS id FROM reactions AS r WHERE r.conversation_id = ?4 AND r.removed_at IS NULL
) AS person
CROSS JOIN conversations AS c ON c.tenant_id = ?1 AND c.id = ?4 AND c.deleted_at IS NULL
CROSS JOIN users AS u ON u.tenant_id = ?1 AND u.id = person.id
WHERE person.id > ?2
ORDER BY person.id
LIMIT CAST(?3 AS INTEGER)
