-- Of the users in the JSON array ?3, those whose own channel is open.
SELECT p.user_id
FROM json_each(?3) AS item
CROSS JOIN presence AS p
    ON p.tenant_id = ?1 AND p.user_id = item.value AND p.source = ?2 AND p.online_until > ?4
