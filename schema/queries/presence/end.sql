-- ?2: a JSON array of user ids. Deletes the rows of source ?4, unless it is the own channel (?3), whose rows stay.
DELETE FROM presence
WHERE tenant_id = ?1 AND user_id IN (SELECT item.value FROM json_each(?2) AS item) AND source = ?4 AND ?4 <> ?3
