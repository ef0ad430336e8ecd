-- ?2: a JSON array of ids.
SELECT m.id, m.sender_name, CASE WHEN m.deleted_at IS NULL THEN m.body END AS body
FROM json_each(?2) AS item
CROSS JOIN messages AS m ON m.id = item.value
WHERE m.tenant_id = ?1
