-- ?2 is a JSON array of ids.
SELECT c.id
FROM json_each(?2) AS item
CROSS JOIN conversations AS c ON c.id = item.value
WHERE c.tenant_id = ?1
