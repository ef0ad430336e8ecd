-- The name of user ?1 at reactions, for the flush, becomes their id.
UPDATE reactions SET change = json_replace(change, '$.user_name', ?1)
WHERE user_id = ?1 AND change IS NOT NULL
