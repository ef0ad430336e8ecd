SELECT user_id
FROM watchers
WHERE until > ?1
LIMIT CAST(?2 AS INTEGER)
