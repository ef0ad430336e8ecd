-- ?2: a JSON array of user ids. Every other row goes when its sockets are gone.
DELETE FROM presence
WHERE tenant_id = ?1 AND user_id IN (SELECT item.value FROM json_each(?2) AS item) AND source = ?4 AND ?4 <> ?3
