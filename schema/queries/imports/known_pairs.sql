-- ?2: a JSON array of keys.
SELECT c.dm_key, c.id, c.report_id
FROM json_each(?2) AS item
CROSS JOIN conversations AS c ON c.tenant_id = ?1 AND c.dm_key = item.value
