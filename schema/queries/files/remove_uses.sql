-- ?3: a JSON array of the positions of deleted messages.
DELETE FROM file_uses
WHERE tenant_id = ?1 AND conversation_id = ?2 AND seq IN (SELECT item.value FROM json_each(?3) AS item)
