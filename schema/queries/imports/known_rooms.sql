-- ?1: a JSON array of ids.
SELECT r.id, r.conversation_id
FROM json_each(?1) AS item
CROSS JOIN rooms AS r ON r.id = item.value
