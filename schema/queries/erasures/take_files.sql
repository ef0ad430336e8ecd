-- ?2: a JSON array of ids. From now on nobody can send them. The plus forces a look-up by id.
UPDATE files SET status = 'removing'
WHERE +tenant_id = ?1 AND id IN (SELECT item.value FROM json_each(?2) AS item)
