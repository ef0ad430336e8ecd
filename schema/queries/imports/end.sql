-- ?2: a JSON array of conversations. The + keeps the look-up by id.
DELETE FROM imports WHERE +tenant_id = ?1 AND conversation_id IN (SELECT item.value FROM json_each(?2) AS item)
