SELECT u.id FROM users AS u
WHERE u.tenant_id = ?1 AND u.id IN (SELECT item.value FROM json_each(?2) AS item) AND u.presence = 'hidden'
