SELECT user_id
FROM watchers
WHERE until > ?1
LIMIT ?2
